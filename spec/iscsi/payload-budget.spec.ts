import { PayloadBudget } from "../../lib/iscsi/payload-budget";

describe("a payload budget", () => {
  const grantedLater: string[] = [];
  beforeEach(() => grantedLater.splice(0));

  function reserve(
    budget: PayloadBudget,
    bytes: number,
    name = "",
  ): ReturnType<typeof budget.reserve> {
    return budget.reserve(bytes, () => grantedLater.push(name));
  }

  it("grants at once what fits, and the rest in order when bytes come back", () => {
    const budget = new PayloadBudget({ limit: 100, waitersMax: 4 });
    const first = reserve(budget, 60);
    expect(first.state).toBe("granted");
    reserve(budget, 50, "second");
    const third = reserve(budget, 10, "third");
    expect(third.state).toBe("waiting");
    budget.giveBack(first);
    expect(grantedLater).toEqual(["second", "third"]);
    expect(budget.reserved).toBe(60);
  });

  it("lends one more than its limit to a lone task", () => {
    const budget = new PayloadBudget({ limit: 100, waitersMax: 4 });
    const large = reserve(budget, 1000);
    expect(large.state).toBe("granted");
    expect(reserve(budget, 1).state).toBe("waiting");
    budget.giveBack(large);
    expect(budget.reserved).toBe(1);
  });

  it("passes over a task that gave up its place in line", () => {
    const budget = new PayloadBudget({ limit: 100, waitersMax: 4 });
    const first = reserve(budget, 100);
    const second = reserve(budget, 90, "second");
    reserve(budget, 20, "third");
    budget.giveBack(second);
    budget.giveBack(first);
    expect(grantedLater).toEqual(["third"]);
  });
});
