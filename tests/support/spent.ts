/** Milliseconds of the processor's own time that `work` took: the machine may be doing something else, too. */
export function spentOn(work: () => unknown): number {
  const from = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1_000
}
