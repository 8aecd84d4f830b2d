import type { AskedHeader, HeaderAnswer, HeaderContext } from '../../request-headers.js';

/** A header function that has been asked for the key: the first attempt sends what it has said. */
export class AskedOnce implements AskedHeader {
  readonly name: string;
  readonly answer: Promise<HeaderAnswer>;
  private isUsed = false;

  constructor(
    private readonly header: AskedHeader,
    context: HeaderContext,
  ) {
    this.name = header.name;
    this.answer = this.first(context);
    // the attempt, if there is one, hears of its failure
    this.answer.catch(() => undefined);
  }

  isOf(header: AskedHeader): boolean {
    return this.header === header;
  }

  readonly ask = async (context: HeaderContext): Promise<HeaderAnswer[1]> => {
    if (this.isUsed) return this.header.ask(context);
    this.isUsed = true;
    const [, value] = await this.answer;
    return value;
  };

  private async first(context: HeaderContext): Promise<HeaderAnswer> {
    return [this.name, await this.header.ask(context)];
  }
}
