/** Price of a model's tokens, dollars for a million of them. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** Dollars for so many tokens. */
export function priceOfTokens(price: Price, input: number, output: number): number {
  return (input * price.input + output * price.output) / 1e6;
}
