/**
 * A jest reporter that appends one line, `PASSED FAILED`, to the file named by SUMMARY_FILE: the
 * numbers of specs. A file of specs that could not be run counts as one failed. For .ci/run.
 */
const { appendFileSync } = require("node:fs");

module.exports = class SummaryReporter {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = results;
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    appendFileSync(process.env.SUMMARY_FILE, `${numPassedTests} ${failed}\n`);
  }
};
