/** Why a rule does not lower a call; the driver collects these and reports all of them at once. */
export class Refusal extends Error {
  readonly reason: string;

  constructor(reason: string) {
    super(reason);
    this.name = "Refusal";
    this.reason = reason;
  }
}
