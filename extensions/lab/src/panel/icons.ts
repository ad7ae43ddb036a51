import { LabIcon } from '@jupyterlab/ui-components';

/** A table in a hall: the sign of the panel. */
export const datasetsIcon = new LabIcon({
  name: 'datahall:datasets',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">' +
    '<path d="M12 2 2 7v2h20V7L12 2z"/>' +
    '<path d="M4 11h16v9H4v-9zm2 2v2h5v-2H6zm7 0v2h5v-2h-5zm-7 3.5V18h5v-1.5H6zm7 0V18h5v-1.5h-5z" fill-rule="evenodd"/>' +
    '<path d="M2 21h20v1.5H2z"/></g></svg>'
});

/** A page that leaves a notebook: publishing. */
export const publishIcon = new LabIcon({
  name: 'datahall:publish',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">' +
    '<path d="M12 3l5 5h-3v7h-4V8H7l5-5z"/><path d="M5 13v6h14v-6h2v8H3v-8h2z"/></g></svg>'
});

/** A sheet with lines to fill in: a template. */
export const templateIcon = new LabIcon({
  name: 'datahall:template',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">' +
    '<path d="M6 2h9l5 5v15H6V2zm8 1.5V8h4.5L14 3.5z" fill-rule="evenodd"/><path d="M8 11h9v1.5H8zM8 14.5h9V16H8zM8 18h6v1.5H8z" class="jp-icon2" fill="#fff"/></g></svg>'
});

/** A signpost: a guide. */
export const guideIcon = new LabIcon({
  name: 'datahall:guide',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">' +
    '<path d="M11 2h2v3h7l2 2.5L20 10h-7v2H4L2 9.5 4 7h7zM11 13h2v9h-2z"/></g></svg>'
});

/** A cap: a lesson. */
export const lessonIcon = new LabIcon({
  name: 'datahall:lesson',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24"><g class="jp-icon3" fill="#616161">' +
    '<path d="M12 3 1 9l11 6 9-4.9V17h2V9zM5 13.2v4L12 21l7-3.8v-4L12 17z"/></g></svg>'
});
