/** Why a request was refused or cut off: the values of `reason` in `taskstats_exporter_requests_rejected_total`. */
export const rejections = ["max_requests", "slow_reader", "pipelined", "connections", "body", "passwords"] as const;

export type Rejection = (typeof rejections)[number];
