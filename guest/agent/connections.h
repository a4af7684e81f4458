/* TCP connections with the outside, which a fork has inherited and cannot go on with. */
#ifndef SMOLVM_CONNECTIONS_H
#define SMOLVM_CONNECTIONS_H

/* Ends them in every process, as if their other ends had reset them. Connections inside the guest stay. */
void connections_end_outside(void);

#endif
