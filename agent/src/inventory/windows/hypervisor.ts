import type { Firmware } from "./parse-smbios.ts";

/** What hypervisors write into the firmware of their machines; the names are those that Linux hosts are told by, too. */
const HYPERVISORS: [name: string, firmware: RegExp][] = [
  ["VMware", /VMware/i],
  ["VirtualBox", /VirtualBox|innotek/i],
  ["Hyper-V", /^Microsoft Corporation Virtual Machine\b/i],
  ["Xen", /\bXen\b|HVM domU/i],
  ["KVM", /\bKVM\b|QEMU|Red Hat|oVirt|RHEV|OpenStack|Nutanix AHV|Google Compute Engine|DigitalOcean/i],
  ["Parallels", /Parallels/i],
  ["bochs", /Bochs/i],
];
/** Amazon's Nitro is a KVM, and its whole machines say so in the product's name. */
const AMAZON = /^Amazon EC2 (?!.*\.metal)/i;

/** The hypervisor that a machine runs under, by its firmware; undefined where it looks like bare metal. */
export function hypervisorOf({ manufacturer = "", product = "", biosVendor = "" }: Firmware): string | undefined {
  const machine = `${manufacturer} ${product}`;
  if (AMAZON.test(machine)) return "KVM";
  return HYPERVISORS.find(([, firmware]) => firmware.test(machine) || firmware.test(biosVendor))?.[0];
}
