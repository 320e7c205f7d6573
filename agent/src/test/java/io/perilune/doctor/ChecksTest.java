package io.perilune.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.perilune.doctor.Finding.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the checks find on machines that lack one thing each. */
class ChecksTest {

    private static final String NO_RIGHT = "0000000000000000";

    @TempDir
    private Path folder;

    private FakeMachine fake;

    @BeforeEach
    void makeAMachineOnWhichAllIsWell() throws IOException {
        fake = new FakeMachine(folder);
    }

    private Finding finding(Check check, String name) {
        return check.look(fake.machine()).stream()
                .filter(found -> found.check().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private void assertOk(Check check, String name, String found) {
        Finding finding = finding(check, name);
        assertThat(finding.found()).contains(found);
        assertThat(finding.result()).isEqualTo(Result.OK);
    }

    private void assertAdvice(Check check, String name, String found, String advice) {
        assertNotWell(Result.ADVICE, check, name, found, advice);
    }

    private void assertFailed(Check check, String name, String found, String advice) {
        assertNotWell(Result.FAILED, check, name, found, advice);
    }

    private void assertNotWell(Result result, Check check, String name, String found, String advice) {
        Finding finding = finding(check, name);
        assertThat(finding.found()).contains(found);
        assertThat(finding.advice()).contains(advice);
        assertThat(finding.result()).isEqualTo(result);
    }

    @Test
    void whereNothingLacksAllIsWell() {
        List<Check> checks = List.of(
                new PlatformCheck(),
                new SettingsCheck(),
                new LibraryCheck(() -> {}),
                new RightsCheck(),
                new MemoryCheck(),
                new TapCheck(),
                new OtherLinksCheck(),
                new CardCheck(),
                new NetworkCheck());
        Machine machine = fake.machine();
        assertThat(checks.stream().flatMap(check -> check.look(machine).stream()))
                .hasSize(19)
                // The cores are those of the JVM that runs the test.
                .filteredOn(found -> !found.check().equals("cores"))
                .allMatch(found -> found.result() == Result.OK);
    }

    @Test
    void whereAlmostNothingCanBeReadTheChecksStillSayWhatTheyFind() throws IOException {
        Machine bare = new Machine(folder.resolve("nothing"), System.getProperties(), java.util.Map.of());
        assertThat(new RightsCheck().look(bare)).allMatch(found -> found.result() == Result.OK);
        assertThat(new MemoryCheck().look(bare)).allMatch(found -> found.result() == Result.OK);
        assertThat(new NetworkCheck().look(bare)).allMatch(found -> found.result() == Result.OK);
        assertThat(new TapCheck().look(bare)).allMatch(found -> found.result() == Result.ADVICE);
    }

    @Test
    void anotherSystemIsNone() {
        fake.property("os.arch", "aarch64");
        assertFailed(new PlatformCheck(), "system", "Linux on aarch64", "x86-64");
    }

    @Test
    void aProcessorWithoutX86v2IsNamedWithWhatItLacks() throws IOException {
        fake.file("/proc/cpuinfo", "model name : Old\nflags : fpu cx16 lahf_lm popcnt pni ssse3\n");
        assertFailed(new PlatformCheck(), "processor", "Old, without sse4_1, sse4_2", "x86-64-v2");
    }

    @Test
    void aJvmIsToBeOfTheVersionsThatWereTried() {
        fake.property("java.version", "11.0.2");
        assertFailed(new PlatformCheck(), "java", "A VM 11.0.2 in /jdk", "take a JDK from 17 to 25");
        fake.property("java.version", "26-ea");
        assertAdvice(new PlatformCheck(), "java", "26-ea", "perilune selftest");
        fake.property("java.version", "25.0.1");
        assertOk(new PlatformCheck(), "java", "25.0.1");
    }

    @Test
    void settingsAreToldWithWhereTheyComeFrom() {
        fake.property("perilune.mtu", "1400").variable("PERILUNE_TCP_RTO_MIN", "300ms");
        assertOk(new SettingsCheck(), "settings", "mtu=1400 (system property)");
        assertOk(new SettingsCheck(), "settings", "tcp.rto-min=300ms (environment)");
    }

    @Test
    void aWrongSettingIsNamedWithWhatIsAllowed() {
        fake.variable("PERILUNE_MTU", "12");
        assertFailed(
                new SettingsCheck(), "settings", "perilune.mtu=12 (environment) is not allowed", "perilune settings");
        assertThat(new MemoryCheck().look(fake.machine()))
                .as("the others go on")
                .isNotEmpty();
    }

    @Test
    void aLibraryThatDoesNotLoadIsToldWithWhatItNeeds() {
        LibraryCheck check = new LibraryCheck(() -> {
            throw new IOException("libnuma.so.1: cannot open shared object file");
        });
        assertFailed(check, "library", "libnuma.so.1", "apt-get install -y libnuma1 libbsd0");
        fake.property("java.io.tmpdir", "/tmp");
        LibraryCheck noexec = new LibraryCheck(() -> {
            throw new IOException("failed to map segment from shared object");
        });
        assertFailed(noexec, "library", "failed to map", "programs may not be run from /tmp");
    }

    @Test
    void rightsAndContainersAreTold() throws IOException {
        assertOk(new RightsCheck(), "rights", "root, CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK");
        assertOk(new RightsCheck(), "container", "none seen");
        fake.status("1000", "0000000000002000", "2").file("/.dockerenv", "");
        fake.file("/proc/1/cgroup", "0::/kubepods/pod1\n");
        assertOk(new RightsCheck(), "rights", "user 1000, CAP_NET_RAW");
        assertOk(new RightsCheck(), "container", "docker, kubernetes, system calls are filtered (seccomp)");
    }

    @Test
    void memoryIsWhatTheKernelAndTheControlGroupLeave() throws IOException {
        assertOk(new MemoryCheck(), "memory", "4096 MiB available");
        fake.file("/sys/fs/cgroup/memory.max", "max\n");
        assertOk(new MemoryCheck(), "memory", "4096 MiB available");
        fake.file("/sys/fs/cgroup/memory.max", "134217728\n");
        assertAdvice(new MemoryCheck(), "memory", "limit of the control group 128 MiB", "memory=16m");
        fake.without("/sys/fs/cgroup/memory.max");
        fake.file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assertOk(new MemoryCheck(), "memory", "4096 MiB available");
        fake.variable("PERILUNE_MEMORY", "8g");
        assertAdvice(new MemoryCheck(), "memory", "4096 MiB available", "packets take 8272 MiB");
    }

    @Test
    void hugePagesAreUsedWhereEnoughAreFreeAndAreNoMustElse() throws IOException {
        assertOk(new MemoryCheck(), "huge pages", "100 of 128 free, of 2 MiB: packets are on them");
        fake.file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "10\n");
        assertOk(new MemoryCheck(), "huge pages", "10 of 128 free");
        assertOk(new MemoryCheck(), "huge pages", "sysctl vm.nr_hugepages=200");
        fake.without("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
        fake.without("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");
        assertOk(new MemoryCheck(), "huge pages", "none: packets are on ordinary pages");
    }

    @Test
    void onlyACardNeedsLockedMemory() throws IOException {
        fake.status("1000", NO_RIGHT, "0");
        assertOk(new MemoryCheck(), "locked memory", "8192 KiB");
        fake.variable("PERILUNE_LINK", "pci:0000:00:05.0");
        assertAdvice(new MemoryCheck(), "locked memory", "8192 KiB", "ulimit -l unlimited");
        fake.file("/proc/self/limits", "Max locked memory         unlimited            unlimited            bytes\n");
        assertOk(new MemoryCheck(), "locked memory", "unlimited");
    }

    @Test
    void aTapNeedsItsDeviceAndARight() throws IOException {
        fake.status("1000", NO_RIGHT, "0");
        assertAdvice(new TapCheck(), "tap", "lacks CAP_NET_ADMIN", "docker run --cap-add NET_ADMIN");
        fake.without("/dev/net/tun");
        assertAdvice(new TapCheck(), "tap", "there is no /dev/net/tun", "modprobe tun");
        fake.variable("PERILUNE_LINK", "none");
        assertOk(new TapCheck(), "tap", "it is not the link that is set");
    }

    @Test
    void aTapThatIsThereIsSomebodyElses() throws IOException {
        fake.file(FakeMachine.DEVICES, "    lo: 0\nperilune0: 0\n");
        assertAdvice(new TapCheck(), "tap", "an interface perilune0 already", "-o link=tap:perilune1");
        fake.variable("PERILUNE_LINK", "tap:perilune1");
        assertOk(new TapCheck(), "tap", "can be made");
    }

    @Test
    void afPacketNeedsItsInterfaceAndARight() throws IOException {
        fake.variable("PERILUNE_LINK", "afpacket:eth0");
        assertOk(new OtherLinksCheck(), "af_packet", "can be opened on eth0");
        fake.status("1000", NO_RIGHT, "0");
        assertAdvice(new OtherLinksCheck(), "af_packet", "lacks CAP_NET_RAW", "sudo");
        fake.variable("PERILUNE_LINK", "afpacket:eth7");
        assertAdvice(new OtherLinksCheck(), "af_packet", "no interface eth7", "ip link");
    }

    @Test
    void memifNeedsAFolderOrAServer() throws IOException {
        fake.variable("PERILUNE_LINK", "memif:/run/m/socket,server");
        assertAdvice(new OtherLinksCheck(), "memif", "/run/m is no folder", "mkdir -p /run/m");
        fake.variable("PERILUNE_LINK", "memif:/run/m/socket,client");
        assertAdvice(new OtherLinksCheck(), "memif", "no socket /run/m/socket", "server's program first");
        fake.file("/run/m/socket", "");
        assertOk(new OtherLinksCheck(), "memif", "can be opened");
        fake.variable("PERILUNE_LINK", "memif:/run/m/socket,server");
        assertOk(new OtherLinksCheck(), "memif", "can be opened");
    }

    @Test
    void afXdpIsNotInTheBuild() {
        assertOk(new OtherLinksCheck(), "af_xdp", "kernel: has it");
        fake.variable("PERILUNE_LINK", "afxdp:eth0");
        assertAdvice(new OtherLinksCheck(), "af_xdp", "not in this build", "link=afpacket:eth0");
    }

    @Test
    void aCardIsToBeGivenToUserSpaceBehindAnIommu() throws IOException {
        fake.file("/sys/bus/pci/drivers/vfio-pci/0000:00:05.0", "").file("/sys/bus/pci/drivers/vfio-pci/bind", "");
        assertOk(new CardCheck(), "cards", "given to user space: 0000:00:05.0 by vfio-pci");
        fake.variable("PERILUNE_LINK", "pci:00:05.0");
        assertOk(new CardCheck(), "cards", "0000:00:05.0");
        assertOk(new CardCheck(), "iommu", "1 groups");
        fake.variable("PERILUNE_LINK", "pci:0000:00:06.0").without("/sys/kernel/iommu_groups/0/type");
        fake.without("/sys/kernel/iommu_groups/0");
        assertAdvice(new CardCheck(), "cards", "0000:00:06.0 is not given", "--bind=vfio-pci 0000:00:06.0");
        assertAdvice(new CardCheck(), "iommu", "none is on", "intel_iommu=on");
    }

    @Test
    void theTapsNetworkIsToBeNobodys() throws IOException {
        assertOk(new NetworkCheck(), "addresses", "198.18.0.2/24, is nobody's");
        fake.routes("eth1\t000012C6\t00000000\t0001\t0\t0\t0\t0000FEFF\t0\t0\t0\n");
        assertAdvice(new NetworkCheck(), "addresses", "198.18.0.0/15 on eth1", "address=198.19.77.2/24");
        fake.variable("PERILUNE_ADDRESS", "198.20.0.2/24");
        assertOk(new NetworkCheck(), "addresses", "198.20.0.2/24");
    }

    @Test
    void aKernelWithoutIpv6IsTold() throws IOException {
        fake.file("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1\n");
        assertOk(new NetworkCheck(), "ipv6", "off in the kernel");
    }
}
