/** No larger notebook is read: as long as a text can be that this program holds in memory. */
export const mostNotebookBytes = 500_000_000;
