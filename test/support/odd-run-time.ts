/**
 * A run time of up to half a millisecond, in nanoseconds, as odd as on a real kernel. The poller finds out from sums
 * who ran, so sums of different tasks must not be equal by chance. @param number another one for each run
 */
export const oddRunTime = (number: number): number => 1000 + (((Math.trunc(number) % 1e6) * 2_654_435_761) % 500_009);
