/** Units kept until a date are found by it, without a look at all others. */
export const ends = `
CREATE INDEX units_kept_until ON vault.units (organisation, kept_until) WHERE kept_until IS NOT NULL;
`;
