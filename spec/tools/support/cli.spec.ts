import { countOf, UsageError } from "../../../tools/support/cli";

it.each([
  [undefined, 3],
  ["1", 1],
  ["20", 20],
])("takes %j as the count %d", (text, expected) => {
  expect(countOf("rounds", text, 3)).toBe(expected);
});

it.each(["0", "-1", "1.5", "", "many"])("refuses %j as a count, naming the flag", (text) => {
  expect(() => countOf("rounds", text, 3)).toThrow(UsageError);
  expect(() => countOf("rounds", text, 3)).toThrow(`--rounds takes a whole number`);
});
