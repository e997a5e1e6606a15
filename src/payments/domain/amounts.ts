/**
 * Quantity × unit amount in whole minor units, rounded half up. Counted on the decimal digits of the quantity, not in
 * binary fractions: 1.005 × 100 is 100.5 and gives 101.
 */
export function lineAmount(quantity: number, unitAmount: number): bigint {
  const [mantissa, exponent] = quantity.toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = mantissa.split('.') as [string, string?];
  const decimals = fraction.length - Number(exponent);
  const product = BigInt(whole + fraction) * BigInt(unitAmount);
  if (decimals <= 0) return product * 10n ** BigInt(-decimals);
  const unit = 10n ** BigInt(decimals);
  return (2n * product + unit) / (2n * unit);
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
