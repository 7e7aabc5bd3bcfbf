/** Enough to say what a test expects. */

declare const Deno: { test(name: string, run: () => void | Promise<void>): void };

export const test = (name: string, run: () => void | Promise<void>): void => Deno.test(name, run);

export function equal(actual: unknown, expected: unknown): void {
  const [a, b] = [show(actual), show(expected)];
  if (a !== b) throw new Error(`expected ${b}\n but was ${a}`);
}

export function throws(run: () => unknown, message: string): void {
  try {
    run();
  } catch (error) {
    return equal((error as Error).message, message);
  }
  throw new Error('expected a failure: ' + message);
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? [...one] : one === undefined ? 'undefined' : one)) ?? 'undefined';
}
