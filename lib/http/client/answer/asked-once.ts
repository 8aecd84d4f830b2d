import type { AskedHeader, HeaderAnswer, HeaderContext } from '../../request-headers.js';
import { Prepared } from '../prepare/prepare-request.js';

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

/** The same request, whose first attempt sends what these functions have said. */
export function withAsked(prepared: Prepared, first: readonly AskedOnce[]): Prepared {
  const { perAttempt } = prepared;
  if (!perAttempt) return prepared;
  const asked = perAttempt.asked.map((one) => first.find((known) => known.isOf(one)) ?? one);
  const { request, options, wantsKey } = prepared;
  return new Prepared(request, options, wantsKey, { ...perAttempt, asked });
}
