import { serialAdd, serialDistance, serialLess } from "../../lib/base/serial-number";

describe("[RFC1982 3] serial numbers of 32 bits", () => {
  it.each([
    [0, 1, 1],
    [0xffffffff, 1, 0],
    [0xfffffffe, 5, 3],
    [5, -6, 0xffffffff],
  ])("%i + %i is %i", (serial, count, sum) => {
    expect(serialAdd(serial, count)).toBe(sum);
  });

  it.each([
    [1, 2, true],
    [2, 1, false],
    [7, 7, false],
    [0xffffffff, 0, true],
    [0, 0xffffffff, false],
    [0x7fffffff, 0x80000000, true],
  ])("%i < %i is %s", (a, b, less) => {
    expect(serialLess(a, b)).toBe(less);
  });

  it("are as far apart over the wrap as anywhere", () => {
    expect(serialDistance(3, 0xfffffffe)).toBe(5);
  });
});
