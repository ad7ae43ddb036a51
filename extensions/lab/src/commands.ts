/** The commands of this extension; menus, palette, toolbars and other extensions call them by these ids. */

export namespace CommandIDs {
  /** Show the dataset panel; `words` searches, `dataset` opens one. */
  export const showDatasets = 'datahall:show-datasets';
  /** Put the lines that open a dataset into the active notebook; `id`, `version`, `form`. */
  export const insertCode = 'datahall:insert-code';
  /** Put any lines into the active notebook; `text`, `language`. */
  export const insertText = 'datahall:insert-text';
  /** Write the versions of its datasets into the code of the notebook in front. */
  export const freezeVersions = 'datahall:freeze-versions';
  /** Start the kernel of the notebook in front with the versions that it notes; `isOn: false` ends that. */
  export const reproduce = 'datahall:reproduce';
  /** Open a page of the hall in a tab of the browser; `page`. */
  export const openPage = 'datahall:open-page';
  /** Begin with a template, a guide or a lesson; `kind`, `id`, `title`. */
  export const begin = 'datahall:begin';
  /** Publish the notebook in front as an app. */
  export const publishApp = 'datahall:publish-app';
}
