/** The commands of this extension; menus, palette, toolbars and other extensions call them by these ids. */

export namespace CommandIDs {
  /** Show the dataset panel; `words` searches, `dataset` opens one. */
  export const showDatasets = 'datahall:show-datasets';
  /** Put the lines that open a dataset into the active notebook; `id`, `version`, `form`. */
  export const insertCode = 'datahall:insert-code';
  /** Put any lines into the active notebook; `text`, `language`. */
  export const insertText = 'datahall:insert-text';
}
