/** Results go to standard output, a line each. */
export const say = (line: string): void => void process.stdout.write(`${line}\n`);
