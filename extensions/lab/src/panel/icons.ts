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
