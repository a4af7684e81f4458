/* The guest's network, as its agent sets it up, and the devices in the namespace. */
#ifndef SMOLVM_NETWORK_ADDRESSES_H
#define SMOLVM_NETWORK_ADDRESSES_H

#define ADDRESS_GUEST 0x0a00020fu    /* 10.0.2.15 */
#define ADDRESS_GATEWAY 0x0a000202u  /* 10.0.2.2 */
#define ADDRESS_RESOLVER 0x0a000203u /* 10.0.2.3; of slirp4netns, which is also the next hop */

#define WAY_OUT_DEVICE "ext0" /* slirp4netns's end */

#endif
