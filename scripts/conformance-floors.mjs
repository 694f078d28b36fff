// The floors of the conformance run: for each transcript, the percentage of
// exchanges that must match at least. A floor can only rise.

/** Transcripts with what they reached and whether that is enough; a transcript without a floor has 0. */
export function judge(transcripts, floors) {
  const rows = transcripts.map(({ name, matched, failed, blocked }) => {
    const of = matched + failed + blocked;
    const percent = of === 0 ? 100 : (100 * matched) / of;
    const floor = floors[name] ?? 0;
    return { name, matched, of, percent, floor, ok: percent >= floor };
  });
  return { rows, ok: rows.every((row) => row.ok) };
}

/** Notifications depend on timing: so many exchanges of a transcript may match in one run and not in the next. */
const MARGIN = 1;

/** The floors after a run: whole percents, a margin below what was reached, never lower than before. */
export function raise(rows, floors) {
  const raised = { ...floors };
  for (const { name, matched, of } of rows) {
    const reached = of === 0 ? 0 : Math.floor((100 * Math.max(0, matched - MARGIN)) / of);
    raised[name] = Math.max(floors[name] ?? 0, reached);
  }
  return Object.fromEntries(Object.entries(raised).sort(([x], [y]) => (x < y ? -1 : 1)));
}
