import { expect, test } from 'vitest';
import { Belongings } from './belongings.js';

const later = () => {
  let resolve: (value: string) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<string>((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
};

test('lets go of the latest first, and of each once', async () => {
  const gone: string[] = [];
  const belongings = new Belongings();
  const hold = (name: string) =>
    belongings.hold(
      () => Promise.resolve(name),
      (made) => void gone.push(made),
    );
  await hold('a');
  const b = await hold('b');
  await hold('c');
  await b.release();
  await belongings.close();
  expect(gone).toEqual(['b', 'c', 'a']);
});

test('what is being made when all ends is undone when it is there, and nothing more is made', async () => {
  const gone: string[] = [];
  const belongings = new Belongings();
  const [made, failed] = [later(), later()];
  const holding = belongings.hold(
    () => made.promise,
    (name) => void gone.push(name),
  );
  const failing = belongings.hold(
    () => failed.promise,
    () => void gone.push('what never was'),
  );
  const closed = belongings.close();
  await expect(
    belongings.hold(
      () => Promise.resolve('too late'),
      () => undefined,
    ),
  ).rejects.toThrow('it ends already');
  failed.reject(new Error('not made'));
  await expect(failing).rejects.toThrow('not made');
  made.resolve('late');
  await Promise.all([holding, closed]);
  expect(gone).toEqual(['late']);
});

test('what cannot be undone keeps nothing else, and is thrown', async () => {
  const gone: string[] = [];
  const belongings = new Belongings();
  await belongings.hold(
    () => Promise.resolve('a'),
    (made) => void gone.push(made),
  );
  await belongings.hold(
    () => Promise.resolve('b'),
    () => Promise.reject(new Error('the daemon is gone')),
  );
  await expect(belongings.close()).rejects.toThrow('the daemon is gone');
  expect(gone).toEqual(['a']);
});
