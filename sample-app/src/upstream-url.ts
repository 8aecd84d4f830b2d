/** Where the unreliable upstream listens. */
export class UpstreamUrl {
  constructor(readonly value: string) {}
}
