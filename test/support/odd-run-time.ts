/**
 * Nanoseconds that a task ran, up to half a millisecond, as odd as on a real kernel: by them the poller knows who ran, and no sums
 * of some are equal by chance. @param number other for each run
 */
export const oddRunTime = (number: number): number => 1000 + (((Math.trunc(number) % 1e6) * 2_654_435_761) % 500_009);
