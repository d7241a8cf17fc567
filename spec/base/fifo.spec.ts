import { Fifo } from "../../lib/base/fifo";
import { Prng } from "../../lib/base/prng";

describe("a bounded queue", () => {
  it("answers false at its limit and keeps what it has", () => {
    const fifo = new Fifo<number>(2);
    expect([fifo.push(1), fifo.push(2), fifo.push(3)]).toEqual([true, true, false]);
    expect([fifo.shift(), fifo.shift(), fifo.shift()]).toEqual([1, 2, undefined]);
  });

  it("behaves as an array does, over any pushes and shifts", () => {
    const random = new Prng(11);
    const fifo = new Fifo<number>(100);
    const model: number[] = [];
    for (let step = 0; step < 5000; step++) {
      if (random.chance(0.55)) {
        expect(fifo.push(step)).toBe(model.length < 100);
        if (model.length < 100) model.push(step);
      } else {
        expect(fifo.shift()).toBe(model.shift());
      }
      expect([fifo.length, fifo.peek()]).toEqual([model.length, model[0]]);
    }
  });

  it("is empty and usable after clear", () => {
    const fifo = new Fifo<number>(3);
    fifo.push(1);
    fifo.clear();
    expect([fifo.length, fifo.peek(), fifo.push(2), fifo.shift()]).toEqual([0, undefined, true, 2]);
  });
});
