/** What people see of a command: the charts of the patent's figures, word for word. */
import { mermaidChart, textChart } from "../../lib/mirror/step-chart";
import type { StepRow } from "../../lib/mirror/step-log";
import { mergeSteps } from "../../lib/mirror/step-merge";
import { commandNumber } from "../../lib/mirror/steps";
import type { Figure } from "./support/figure-steps";
import {
  FIG_16,
  FIG_19,
  FIG_20,
  FIG_8,
  FIG_9,
  figureRows,
  ofSide,
  stepsOf,
} from "./support/figure-steps";

const FIG_8_CHART = `sequenceDiagram
  box transparent main storage control unit 301
  participant e503 as JOB4 of 601<br/>processor 503
  participant e502 as JOB5 of 601<br/>processor 502
  end
  participant e602 as sub volume 602
  box transparent sub storage control unit 302
  participant e509 as JOB2 of 602<br/>processor 509
  participant e508 as JOB3 of 603<br/>processor 508
  participant e510 as JOB1 of 602<br/>processor 510
  end
  participant e102 as sub host 102
  e102->>e510: 701 I/O request: command analysis
  Note over e510: 702 is the mirrored state normal?
  e510->>e508: 704 I/O request to the communication volume
  Note over e510: 705 standby
  Note over e508: 713 main volume and path information set
  e508->>e503: 714 command issued
  e508->>e503: 715 parameter, then data
  Note over e508: 716 standby
  Note over e503: 719 command analysis<br/>720 command and parameter saved<br/>721 data to the cache 507, from there to the main volume
  e503->>e502: 722 I/O request
  Note over e503: 723 standby
  Note over e502: 726 subvolume number and path information set
  e502->>e509: 727 command issued
  e502->>e509: 728 parameter, data unless it is there
  Note over e509: 708 command analysis<br/>709 is the mirrored state normal?
  e509->>e602: 711 command, parameter and data to the subvolume
  e509-->>e502: 712 end reported
  e502-->>e503: 729 end reported
  Note over e503: 724 started again by the end of JOB5
  e503-->>e508: 725 end reported
  Note over e508: 717 started again by the end of JOB4
  e508-->>e510: 718 end reported
  Note over e510: 706 started again by the end of JOB3
  e510-->>e102: 707 end reported
`;

const FIG_9_CHART = `sequenceDiagram
  box transparent main storage control unit 301
  participant e503 as JOB4 of 601<br/>processor 503
  participant e502 as JOB5 of 601<br/>processor 502
  end
  participant e602 as sub volume 602
  box transparent sub storage control unit 302
  participant e509 as JOB2 of 602<br/>processor 509
  participant e508 as JOB3 of 603<br/>processor 508
  participant e510 as JOB1 of 602<br/>processor 510
  end
  participant e102 as sub host 102
  e102->>e510: 701 I/O request: command analysis
  Note over e510: 702 is the mirrored state normal?
  e510-->>e102: 707 end reported
  e510->>e508: 704 I/O request to the communication volume
  Note over e510: 705 standby
  Note over e508: 713 main volume and path information set
  e508->>e503: 714 command issued
  e508->>e503: 715 parameter, then data
  Note over e508: 716 standby
  Note over e503: 719 command analysis<br/>720 command and parameter saved<br/>721 data to the cache 507, from there to the main volume
  e503->>e502: 722 I/O request
  Note over e503: 723 standby
  Note over e502: 726 subvolume number and path information set
  e502->>e509: 727 command issued
  e502->>e509: 728 parameter, data unless it is there
  Note over e509: 708 command analysis<br/>709 is the mirrored state normal?
  e509->>e602: 711 command, parameter and data to the subvolume
  e509-->>e502: 712 end reported
  e502-->>e503: 729 end reported
  Note over e503: 724 started again by the end of JOB5
  e503-->>e508: 725 end reported
  Note over e508: 717 started again by the end of JOB4
  e508-->>e510: 718 end reported
  Note over e510: 706 started again by the end of JOB3
`;

const FIG_16_CHART = `sequenceDiagram
  box transparent main storage control unit 301
  participant e503 as JOB4 of 601<br/>processor 503
  participant e502 as JOB5 of 601<br/>processor 502
  end
  participant e602 as sub volume 602
  box transparent sub storage control unit 302
  participant e509 as JOB2 of 602<br/>processor 509
  participant e508 as JOB3 of 602<br/>processor 508
  participant e510 as JOB1 of 602<br/>processor 510
  end
  participant e102 as sub host 102
  e102->>e510: 701 I/O request: command analysis
  Note over e510: 702 is the mirrored state normal?
  e510->>e508: 804 I/O request to another job of the subvolume
  Note over e510: 705 standby
  Note over e508: 813 the I/O for the subvolume is passed over<br/>814 main volume information set<br/>815 path information set
  e508->>e503: 816 command issued
  e508->>e503: 817 parameter and data
  Note over e508: 716 standby
  Note over e503: 719 command analysis<br/>720 command and parameter saved<br/>721 data to the cache 507, from there to the main volume
  e503->>e502: 722 I/O request
  Note over e503: 723 standby
  Note over e502: 726 subvolume number and path information set
  e502->>e509: 727 command issued
  e502->>e509: 728 parameter, data unless it is there
  Note over e509: 708 command analysis<br/>709 is the mirrored state normal?
  e509->>e602: 711 command, parameter and data to the subvolume
  e509-->>e502: 712 end reported
  e502-->>e503: 729 end reported
  Note over e503: 724 started again by the end of JOB5
  e503-->>e508: 725 end reported
  Note over e508: 717 started again by the end of JOB4
  e508-->>e510: 718 end reported
  Note over e510: 706 started again by the end of JOB3
  e510-->>e102: 707 end reported
`;

const FIG_19_CHART = `sequenceDiagram
  participant e101 as main host 101
  box transparent main storage control unit 301
  participant e501 as JOB1 of 601<br/>processor 501
  participant e502 as JOB5 of 601<br/>processor 502
  end
  participant e601 as main volume 601
  participant e602 as sub volume 602
  box transparent sub storage control unit 302
  participant e509 as JOB2 of 602<br/>processor 509
  end
  e101->>e501: 856 I/O job started
  Note over e501: 857 command analysis<br/>858 exclusive mode of the self volume?<br/>842 reserved by another host?<br/>843 excluded by another host?<br/>844 exclusive main volume obtained
  e501->>e601: 845 parameter and data to self and target volume
  Note over e502: 726 subvolume number and path information set
  e502->>e509: 727 command issued
  e502->>e509: 728 parameter, data unless it is there
  Note over e509: 708 command analysis<br/>709 is the mirrored state normal?<br/>861 exclusive subvolume obtained
  e509->>e602: 711 command, parameter and data to the subvolume
  e509-->>e502: 712 end reported
  Note over e509: 854 exclusive subvolume reset
  e502-->>e501: 729 end reported
  Note over e501: 855 exclusive main volume reset
  e501-->>e101: 846 end reported
  Note over e501: 847 terminated
`;

const FIG_20_CHART = `sequenceDiagram
  box transparent main storage control unit 301
  participant e503 as JOB4 of 601<br/>processor 503
  participant e502 as JOB5 of 601<br/>processor 502
  end
  participant e602 as sub volume 602
  box transparent sub storage control unit 302
  participant e509 as JOB2 of 602<br/>processor 509
  participant e508 as JOB3 of 602<br/>processor 508
  participant e510 as JOB1 of 602<br/>processor 510
  end
  participant e102 as sub host 102
  e102->>e510: 856 I/O job started
  Note over e510: 857 command analysis<br/>858 exclusive mode of the self volume?<br/>859 reserved by another host?<br/>860 excluded by another host?<br/>861 exclusive subvolume obtained
  e508->>e503: 862 parameter and data to the target volume
  Note over e503: 719 command analysis<br/>720 command and parameter saved<br/>721 data to the cache 507, from there to the main volume<br/>842 reserved by another host?<br/>843 excluded by another host?<br/>844 exclusive main volume obtained
  e503->>e502: 722 I/O request
  Note over e503: 723 standby
  Note over e502: 726 subvolume number and path information set
  e502->>e509: 727 command issued
  e502->>e509: 728 parameter, data unless it is there
  Note over e509: 708 command analysis<br/>709 is the mirrored state normal?
  e509->>e602: 711 command, parameter and data to the subvolume
  e510->>e602: 853 parameter and data to the self volume
  e509-->>e502: 712 end reported
  Note over e510: 854 exclusive subvolume reset
  e502-->>e503: 729 end reported
  Note over e503: 724 started again by the end of JOB5<br/>855 exclusive main volume reset
  e503-->>e508: 725 end reported
  e510-->>e102: 840 end reported
  Note over e510: 841 terminated
`;

const FIG_8_TEXT = `command 1 of side 2, volume 0
   ms  side  job   who        step  what
0.000  2     JOB1  102 → 510  701   I/O request: command analysis [0050]
0.000  2     JOB1  510        702   is the mirrored state normal? [0050]
0.000  2     JOB1  510 → 508  704   I/O request to the communication volume [0050]
0.000  2     JOB1  510        705   standby [0050]
1.000  2     JOB3  508        713   main volume and path information set [0051]
1.000  2     JOB3  508 → 503  714   command issued [0051]
1.000  2     JOB3  508 → 503  715   parameter, then data [0051]
1.000  2     JOB3  508        716   standby [0051]
2.000  1     JOB4  503        719   command analysis [0053]
2.000  1     JOB4  503        720   command and parameter saved [0053]
2.000  1     JOB4  503        721   data to the cache 507, from there to the main volume [0053]
2.000  1     JOB4  503 → 502  722   I/O request [0054]
2.000  1     JOB4  503        723   standby [0054]
3.000  1     JOB5  502        726   subvolume number and path information set [0055]
3.000  1     JOB5  502 → 509  727   command issued [0055]
3.000  1     JOB5  502 → 509  728   parameter, data unless it is there [0055]
4.000  2     JOB2  509        708   command analysis [0057]
4.000  2     JOB2  509        709   is the mirrored state normal? [0057]
4.000  2     JOB2  509 → 602  711   command, parameter and data to the subvolume [0057]
4.000  2     JOB2  509 → 502  712   end reported [0057]
5.000  1     JOB5  502 → 503  729   end reported [0055]
6.000  1     JOB4  503        724   started again by the end of JOB5 [0054]
6.000  1     JOB4  503 → 508  725   end reported [0054]
7.000  2     JOB3  508        717   started again by the end of JOB4 [0052]
7.000  2     JOB3  508 → 510  718   end reported [0052]
8.000  2     JOB1  510        706   started again by the end of JOB3 [0050]
8.000  2     JOB1  510 → 102  707   end reported [0050]
`;

const FIG_20_TEXT = `command 1 of side 2, volume 0
    ms  side  job   who        step  what
 0.000  2     JOB1  102 → 510  856   I/O job started [0074]
 0.000  2     JOB1  510        857   command analysis [0074]
 0.000  2     JOB1  510        858   exclusive mode of the self volume? [0074]
 0.000  2     JOB1  510        859   reserved by another host? [0074]
 0.000  2     JOB1  510        860   excluded by another host? [0074]
 0.000  2     JOB1  510        861   exclusive subvolume obtained [0074]
 1.000  2     JOB3  508 → 503  862   parameter and data to the target volume [0075]
 2.000  1     JOB4  503        719   command analysis [0053]
 2.000  1     JOB4  503        720   command and parameter saved [0053]
 2.000  1     JOB4  503        721   data to the cache 507, from there to the main volume [0053]
 2.000  1     JOB4  503        842   reserved by another host? [0076]
 2.000  1     JOB4  503        843   excluded by another host? [0076]
 2.000  1     JOB4  503        844   exclusive main volume obtained [0076]
 2.000  1     JOB4  503 → 502  722   I/O request [0054]
 2.000  1     JOB4  503        723   standby [0054]
 3.000  1     JOB5  502        726   subvolume number and path information set [0055]
 3.000  1     JOB5  502 → 509  727   command issued [0055]
 3.000  1     JOB5  502 → 509  728   parameter, data unless it is there [0055]
 4.000  2     JOB2  509        708   command analysis [0057]
 4.000  2     JOB2  509        709   is the mirrored state normal? [0057]
 4.000  2     JOB2  509 → 602  711   command, parameter and data to the subvolume [0057]
 5.000  2     JOB1  510 → 602  853   parameter and data to the self volume [0075]
 6.000  2     JOB2  509 → 502  712   end reported [0057]
 7.000  2     JOB1  510        854   exclusive subvolume reset [0075]
 8.000  1     JOB5  502 → 503  729   end reported [0055]
 9.000  1     JOB4  503        724   started again by the end of JOB5 [0054]
 9.000  1     JOB4  503        855   exclusive main volume reset [0076]
 9.000  1     JOB4  503 → 508  725   end reported [0054]
10.000  2     JOB1  510 → 102  840   end reported [0075]
10.000  2     JOB1  510        841   terminated [0075]
`;

/** A figure's command out of the two sides' rows. */
function merged(figure: Figure): { command: number; rows: readonly StepRow[] } {
  const rows = figureRows(figure, { startMs: 1234 });
  const [command] = mergeSteps(ofSide(rows, 1), ofSide(rows, 2));
  return command ?? { command: 0, rows: [] };
}

/** The figure with the sides' numbers, and the host's, the other way round. */
function exchanged(figure: Figure): Figure {
  const count = figure.command % 2 ** 48;
  const host = figure.command >= commandNumber(2, 0) ? 1 : 2;
  const runs = figure.runs.map((run) => `${3 - Number(run[0])}${run.slice(1)}`);
  return { command: commandNumber(host, count), runs };
}

const FIGURES = [
  ["Fig. 8", FIG_8, FIG_8_CHART],
  ["Fig. 9", FIG_9, FIG_9_CHART],
  ["Fig. 16", FIG_16, FIG_16_CHART],
  ["Fig. 19", FIG_19, FIG_19_CHART],
  ["Fig. 20", FIG_20, FIG_20_CHART],
] as const;

describe.each(FIGURES)("%s", (_name, figure, chart) => {
  it("is what the sequence chart of its steps shows", () => {
    expect(mermaidChart(merged(figure), { mainSide: 1 })).toBe(chart);
  });

  it("is the same chart when the roles of the sides are exchanged", () => {
    expect(mermaidChart(merged(exchanged(figure)), { mainSide: 2 })).toBe(chart);
  });

  it("is drawn by the roles of its time, whoever is main now", () => {
    expect(mermaidChart(merged(figure), { mainSide: 2 })).toBe(chart);
  });
});

describe("the text", () => {
  it("has the steps of Fig. 8 with time since the start, side, job and way", () => {
    expect(textChart(merged(FIG_8), { mainSide: 1 })).toBe(FIG_8_TEXT);
  });

  it("has the steps of Fig. 20", () => {
    expect(textChart(merged(FIG_20), { mainSide: 1 })).toBe(FIG_20_TEXT);
  });

  it("has processors by role when only JOB1 took part", () => {
    const figure = { command: commandNumber(1, 2 ** 40), runs: ["1:1:701 702", "1:1:703"] };
    expect(textChart(merged(figure), { mainSide: 1 })).toBe(
      `command 1099511627776 of side 1, volume 0
   ms  side  job   who        step  what
0.000  1     JOB1  101 → 501  701   I/O request: command analysis [0050]
0.000  1     JOB1  501        702   is the mirrored state normal? [0050]
1.000  1     JOB1  501 → 101  703   check report: the mirrored state is abnormal [0050]
`,
    );
    expect(textChart(merged(figure), { mainSide: 2 })).toContain("510 → 102  703");
  });

  it("shows a number that no flowchart has", () => {
    const figure = { command: commandNumber(2, 1), runs: ["2:1:701 999"] };
    expect(textChart(merged(figure), { mainSide: 1 })).toContain("510        999   no step of the");
    expect(mermaidChart(merged(figure), { mainSide: 1 })).toContain("Note over e510: 999 no step");
  });

  it("of a command without steps is its title", () => {
    const nothing = { command: commandNumber(2, 3), rows: [] };
    expect(textChart(nothing, { mainSide: 1 })).toMatch(/^command 3 of side 2, volume unknown\n/);
    expect(mermaidChart(nothing, { mainSide: 1 })).toBe("sequenceDiagram\n");
  });
});

describe("a chart", () => {
  it("shows a relay that stands by, and whose it is to stand", () => {
    const figure = {
      command: commandNumber(2, 1),
      runs: ["2:1:861", "2:3:862", "1:4:719 720 721 842 843 725", "2:1:832 851 833"],
    };
    const chart = mermaidChart(merged(figure), { mainSide: 1 });
    expect(chart.split("\n").slice(-4)).toEqual([
      "  Note over e503: 719 command analysis<br/>720 command and parameter saved<br/>721 data to the cache 507, from there to the main volume<br/>842 reserved by another host?<br/>843 excluded by another host?",
      "  e503-->>e508: 725 end reported",
      "  Note over e510: 832 result: the target volume is exclusive<br/>851 exclusive subvolume released<br/>833 standby",
      "",
    ]);
  });

  it("shows the target of what one side sent when nothing is known of the other", () => {
    const rows = ofSide(figureRows(FIG_8), 2);
    const chart = mermaidChart({ command: FIG_8.command, rows }, { mainSide: 1 });
    expect(chart).toContain("participant e503 as JOB4 of 601<br/>processor 503");
    expect(chart).toContain("e508->>e503: 714 command issued");
    expect(chart).not.toContain("719");
  });

  it("has a participant for each that a line or note is about, and no other", () => {
    for (const [, figure] of FIGURES) {
      const chart = mermaidChart(merged(figure), { mainSide: 1 });
      const declared = [...chart.matchAll(/participant (e\d+)/g)].map(([, name]) => name);
      const lines = chart.split("\n").filter((line) => !line.includes("participant"));
      const used = lines.flatMap((line) => line.split(": ")[0]?.match(/\be\d{3}\b/g) ?? []);
      expect(new Set(declared)).toEqual(new Set(used));
      expect(declared).toHaveLength(new Set(declared).size);
    }
  });

  it("has each step of the command once, in order", () => {
    for (const [, figure] of FIGURES) {
      const command = merged(figure);
      const shown = [...mermaidChart(command, { mainSide: 1 }).matchAll(/(?:: |>)([78]\d\d) /g)];
      expect(shown.map(([, step]) => Number(step))).toEqual(stepsOf(command.rows));
    }
  });
});
