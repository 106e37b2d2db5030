/** For how long Linux keeps a connection in TIME_WAIT: include/net/tcp.h, TCP_TIMEWAIT_LEN. */
export const TIME_WAIT_MS = 60_000;
