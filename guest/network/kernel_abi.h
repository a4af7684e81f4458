/* The kernel's interface for network namespaces, which musl's headers lack: rtnetlink(7), linux/if_tun.h,
 * linux/fib_rules.h. */
#ifndef SMOLVM_NETWORK_KERNEL_ABI_H
#define SMOLVM_NETWORK_KERNEL_ABI_H

#include <stdint.h>
#include <sys/ioctl.h>

#ifndef TUNSETIFF
#define TUNSETIFF _IOW('T', 202, int)
#define TUNSETPERSIST _IOW('T', 203, int)
#define TUNSETOWNER _IOW('T', 204, int)
#endif
#ifndef IFF_TAP
enum { IFF_TAP = 0x0002, IFF_NO_PI = 0x1000, IFF_VNET_HDR = 0x4000 };
#endif

#define OWNING_USER_NAMESPACE _IO(0xb7, 1) /* NS_GET_USERNS of ioctl_ns(2) */

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { NETLINK_ROUTE_FAMILY = 0, NETLINK_ANSWER_ERROR = 2 };
enum { FLAG_REQUEST = 1, FLAG_ANSWER = 4, FLAG_EXCLUSIVE = 0x200, FLAG_CREATE = 0x400 };
enum { NEW_LINK = 16, NEW_ADDRESS = 20, NEW_ROUTE = 24, NEW_RULE = 32, DELETE_RULE = 33 };

struct netlink_header { uint32_t length; uint16_t type, flags; uint32_t sequence, port; };
struct netlink_error { int32_t error; struct netlink_header request; };
struct netlink_attribute { uint16_t length, type; };

struct link_body { uint8_t family, pad; uint16_t type; int32_t index; uint32_t flags, change; };
struct address_body { uint8_t family, bits, flags, scope; uint32_t index; };
struct route_body { uint8_t family, bits, source_bits, tos, table, protocol, scope, type; uint32_t flags; };
struct rule_body { uint8_t family, bits, source_bits, tos, table, reserved[2], action; uint32_t flags; };

enum { LINK_FAMILY_SETTINGS = 26, LINK_IPV4_SETTINGS = 1, LINK_IPV6_ADDRESS_MODE = 8 };
enum { IPV4_FORWARDING = 1, IPV4_REVERSE_PATH_FILTER = 8, IPV6_NO_ADDRESSES = 1 };
enum { ADDRESS_ADDRESS = 1, ADDRESS_LOCAL = 2 };
enum { ROUTE_TO = 1, ROUTE_DEVICE = 4, ROUTE_GATEWAY = 5, ROUTE_SOURCE = 7 };
enum { RULE_TO = 1, RULE_INPUT = 3, RULE_PRIORITY = 6, RULE_PROTOCOL = 22, RULE_PORTS = 24, RULE_LOOK_UP = 1 };
enum { TABLE_MAIN = 254, TABLE_LOCAL = 255, ROUTE_STATIC = 4 };
enum { TYPE_UNICAST = 1, TYPE_LOCAL = 2, TYPE_PROHIBIT = 8, TYPE_THROW = 9 };
enum { SCOPE_UNIVERSE = 0, SCOPE_LINK = 253, SCOPE_HOST = 254 };

#endif
