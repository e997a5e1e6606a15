/** Seconds: the longest lease of a key, and a minute for clocks that differ. */
export const tolerance = 660;

/** What a record says. */
export const said = { section: 0, fenced: 1, lost: 2, group: 3, destroyed: 4, vaultLost: 5, vaultGroup: 6 } as const;
export type Said = (typeof said)[keyof typeof said];
