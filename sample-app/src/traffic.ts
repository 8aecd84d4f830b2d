const PAUSE_MS = 1500;

/** Buys something now and then; returns the function that ends it. */
export function driveTraffic(url: string): () => void {
  const abort = new AbortController();
  const buy = async () => {
    const started = performance.now();
    const response = await fetch(url, { method: 'POST', signal: abort.signal });
    await response.text();
    console.log(`  checkout: ${response.status} after ${Math.round(performance.now() - started)} ms`);
  };
  const timer = setInterval(() => void buy().catch(() => undefined), PAUSE_MS);
  return () => {
    clearInterval(timer);
    abort.abort();
  };
}
