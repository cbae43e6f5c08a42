#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "common/judge/check.h"
#include "common/judge/compare.h"
#include "shared_region.h"

using namespace judge;

/// Part A: SharedRegion.

namespace {

[[maybe_unused]] std::string word_of(lab::BadRegion::Why why) {
  switch (why) {
    case lab::BadRegion::Why::not_ready:
      return "not_ready";
    case lab::BadRegion::Why::too_short:
      return "too_short";
    case lab::BadRegion::Why::not_a_region:
      return "not_a_region";
    case lab::BadRegion::Why::other_version:
      return "other_version";
  }
  return "?";
}

// What open() comes to: "opened", "BadRegion::too_short", "EACCES".
[[maybe_unused]] std::string outcome_of_open(const std::string& name) {
  try {
    const lab::SharedRegion region = lab::SharedRegion::open(name);
    return "a region of " + std::to_string(region.bytes().size()) + " bytes";
  } catch (const lab::BadRegion& bad) {
    return "BadRegion::" + word_of(bad.why);
  } catch (const ipc::SystemError& error) {
    return ::strerrorname_np(error.error());
  }
}

[[maybe_unused]] std::string outcome_of_create(const std::string& name, std::size_t size) {
  try {
    lab::SharedRegion::create(name, size);
    return "a region";
  } catch (const ipc::SystemError& error) {
    return ::strerrorname_np(error.error());
  }
}

[[maybe_unused]] std::string path_of(const std::string& name) { return "/dev/shm" + name; }

}  // namespace

// Sharing ----------------------------------------------------------------------------------------

ROLE(creator) {
  lab::SharedRegion region =
      lab::SharedRegion::create(me.text("name"), static_cast<std::size_t>(me.number("size")));
  const auto bytes = region.bytes();
  me.report("size", static_cast<std::int64_t>(bytes.size()));
  me.report("zero",
            std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; })
                ? "yes"
                : "no");
  me.report("offset",
            static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(bytes.data()) % 64));
  struct stat status {};
  ::stat(path_of(me.text("name")).c_str(), &status);
  me.report("mode", static_cast<std::int64_t>(status.st_mode & 0777));
  std::copy_n(me.payload().data(), std::min(me.payload().size(), bytes.size()), bytes.data());
  me.report("ready", "");
  me.wait_for_judge();
}

ROLE(visitor) {
  me.report("waits", "");
  me.wait_for_judge();
  const lab::SharedRegion region = lab::SharedRegion::open(me.text("name"));
  me.report("opened", "");
  me.wait_for_judge();
  // The creator has gone meanwhile.
  me.report("bytes", std::span<const std::byte>(region.bytes()));
  me.report("name", ::access(path_of(me.text("name")).c_str(), F_OK) == 0 ? "is there" : "is gone");
}

CHECK(Region, IsSharedByName, part('A'), behaviour, points(5),
      "what one process writes, another reads, who has opened the same name") {
  const std::string name = "/" + random.word(10);
  const std::size_t size = random.between(5000, 60'000);
  const Bytes payload = random.bytes(size);
  int act = 0;
  const RunResult run = explore(Scenario()
                                    .with(Cast(creator)
                                              .give("name", name)
                                              .give("size", static_cast<std::int64_t>(size))
                                              .payload(payload))
                                    .with(Cast(visitor).give("name", name))
                                    .when_quiet([&](Observer& seen) {
                                      ++act;
                                      if (act == 1) return seen.let_go(visitor), true;
                                      if (act == 2) return seen.let_go(creator), true;
                                      if (act == 3) return seen.let_go(visitor), true;
                                      return false;
                                    })
                                    .about("Who creates, who opens"));
  const RoleResult& made = run.of(creator);
  if (made.last("size") != std::to_string(size) || made.last("zero") != "yes") {
    fail(Finding::wrong_result,
         "A region of " + std::to_string(size) + " bytes was created, and bytes() has " +
             made.last("size") + " of them; all of them zero: " + made.last("zero") + ".",
         "Who creates, who opens");
  }
  if (made.last("offset") != "0") {
    fail(Finding::wrong_result,
         "bytes() begins " + made.last("offset") +
             " bytes behind a multiple of 64. A mapping begins with a page, and the header has 64 "
             "bytes.",
         "Who creates, who opens");
  }
  if (made.last("mode") != std::to_string(0600)) {
    fail(Finding::wrong_result,
         "The region's mode is not 0600, so that others than its user may open it, or he may not: "
         "ls -l /dev/shm shows it.",
         "Who creates, who opens");
  }
  const Bytes* seen = run.of(visitor).reported("bytes");
  const std::string differs = seen == nullptr ? "nothing" : difference(payload, *seen);
  if (!differs.empty()) {
    fail(Finding::wrong_result,
         "What the creator had written, the other process was to read after the creator's "
         "SharedRegion had been destroyed: a mapping outlives its name. " +
             differs,
         "Who creates, who opens");
  }
  if (run.of(visitor).last("name") != "is gone") {
    fail(Finding::wrong_result,
         "The creator's SharedRegion was destroyed, and the name is still there. shm_unlink(3) "
         "takes it away.",
         "Who takes the name away");
  }
}

ROLE(second_creator) {
  const std::string& name = me.text("name");
  std::optional<lab::SharedRegion> first(lab::SharedRegion::create(name, 4096));
  first->bytes()[17] = std::byte{42};
  me.report("second", outcome_of_create(name, 8192));
  me.report("kept", static_cast<std::int64_t>(first->bytes()[17]));
  me.report("open", outcome_of_open(name));
  {
    lab::SharedRegion opened = lab::SharedRegion::open(name);
    lab::SharedRegion moved = std::move(opened);
    me.report("moved", static_cast<std::int64_t>(moved.bytes()[17]));
  }
  me.report("after open", outcome_of_open(name));
  {
    lab::SharedRegion moved = std::move(*first);
    lab::SharedRegion another = lab::SharedRegion::create(name + "x", 64);
    another = std::move(moved);
    me.report("assigned", static_cast<std::int64_t>(another.bytes()[17]));
  }
  me.report("after all", outcome_of_open(name) + " " + outcome_of_open(name + "x"));
  {
    const lab::SharedRegion again = lab::SharedRegion::create(name, 128);
    first.reset();  // from which the region was moved long ago
    me.report("moved from", outcome_of_open(name));
  }
  // Somebody was killed, and has left this behind.
  ::close(::shm_open(name.c_str(), O_CREAT | O_RDWR, 0600));
  lab::SharedRegion::remove(name);
  lab::SharedRegion::remove(name);
  me.report("removed", outcome_of_open(name));
}

CHECK(Region, HasOneOwner, part('A'), behaviour, points(4),
      "a name is created once, and taken away by who created it, and once") {
  const RunResult run = explore(Scenario()
                                    .with(Cast(second_creator).give("name", "/" + random.word(9)))
                                    .about("Who takes the name away"));
  const RoleResult& role = run.only();
  const auto expect = [&](std::string_view tag, const std::string& expected,
                          const std::string& what, std::string_view section) {
    const std::string got = role.last(tag);
    if (got == expected) return;
    fail(Finding::wrong_result, what + " came to: " + got + ". Expected: " + expected + ".",
         section);
  };
  expect("second", "EEXIST", "create() of a name that is there already", "Who creates, who opens");
  expect("kept", "42", "A byte of the region, after somebody had tried to create it once more,",
         "Who creates, who opens");
  expect("open", "a region of 4096 bytes", "open() of it", "Who creates, who opens");
  expect("moved", "42", "A byte of a region that was opened and then moved",
         "Who creates, who opens");
  expect("after open", "a region of 4096 bytes",
         "open() of it after a SharedRegion that had only opened it was destroyed",
         "Who takes the name away");
  expect("assigned", "42", "A byte of a region that was moved into another by assignment",
         "Who takes the name away");
  expect("after all", "ENOENT ENOENT",
         "open() of two names, when the SharedRegions that had created them were gone,",
         "Who takes the name away");
  expect(
      "moved from", "a region of 128 bytes",
      "A name was taken away, and created anew; then a SharedRegion was destroyed from which the "
      "first one had been moved. open() of the name",
      "Who takes the name away");
  expect("removed", "ENOENT", "open() of a name that remove() had taken away",
         "Who takes the name away");
}

// What is not whole ------------------------------------------------------------------------------

// Puts something of the name into place, as somebody else might have, and opens it.
ROLE(finder) {
  const std::string& name = me.text("name");
  const int fd = ::shm_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600);
  (void)!::write(fd, me.payload().data(), me.payload().size());
  (void)!::ftruncate(fd, me.number("length"));
  ::close(fd);
  me.report("open", outcome_of_open(name));
  ::shm_unlink(name.c_str());
}

CHECK(Region, RefusesWhatIsNotWhole, part('A'), faults, points(6),
      "what is no region, or not a whole one, is refused, and never a SIGBUS") {
  struct Case {
    std::string what;
    std::uint64_t magic;
    std::uint32_t version;
    std::uint64_t size;
    std::int64_t length;
    std::string expected;
  };
  using Header = lab::RegionHeader;
  const auto size = static_cast<std::uint64_t>(random.between(5000, 90'000));
  const auto whole = static_cast<std::int64_t>(size + sizeof(Header));
  const auto less = static_cast<std::int64_t>(random.between(sizeof(Header), size));
  const auto other = Header::our_version + static_cast<std::uint32_t>(random.between(1, 1000));
  const std::uint64_t no_magic = random.next() | 1;
  std::vector<Case> cases{
      {"is whole", Header::our_magic, Header::our_version, size, whole,
       "a region of " + std::to_string(size) + " bytes"},
      {"is longer than its header announces", Header::our_magic, Header::our_version, size,
       whole + 5000, "a region of " + std::to_string(size) + " bytes"},
      {"has no byte yet: its creator has called shm_open, and no more", 0, 0, 0, 0,
       "BadRegion::not_ready"},
      {"is all zero: its creator has not written the header yet", 0, 0, 0, whole,
       "BadRegion::not_ready"},
      {"has a header without the magic number, which its creator writes last", 0,
       Header::our_version, size, whole, "BadRegion::not_ready"},
      {"is " + std::to_string(less) + " bytes long, and its header announces " +
           std::to_string(size) + " behind the header",
       Header::our_magic, Header::our_version, size, less, "BadRegion::too_short"},
      {"is shorter than a header", Header::our_magic, Header::our_version, size,
       static_cast<std::int64_t>(random.between(1, 63)), "BadRegion::too_short"},
      {"announces a size so large that 64 more are a small number", Header::our_magic,
       Header::our_version, ~std::uint64_t{0} - random.between(0, 60), whole,
       "BadRegion::too_short"},
      {"begins with something else", no_magic, Header::our_version, size, whole,
       "BadRegion::not_a_region"},
      {"is of another version", Header::our_magic, other, size, whole, "BadRegion::other_version"},
  };
  random.shuffle(cases);
  for (const Case& one : cases) {
    Header header{};
    header.magic = one.magic;
    header.version = one.version;
    header.size = one.size;
    const auto bytes = std::as_bytes(std::span(&header, 1));
    const RunResult run = explore(Scenario()
                                      .with(Cast(finder)
                                                .give("name", "/" + random.word(9))
                                                .give("length", one.length)
                                                .payload(Bytes(bytes.begin(), bytes.end())))
                                      .about("What you find may not be whole"));
    const std::string got = run.only().last("open");
    if (got == one.expected) continue;
    fail(Finding::wrong_result,
         "open() of something that " + one.what + " came to: " + got +
             ". Expected: " + one.expected + ".",
         "What you find may not be whole");
  }
}

// Asks for more than there is left.
ROLE(greedy) {
  constexpr std::size_t piece = 8 << 20, most = 256 << 20;
  const std::string& name = me.text("name");
  const auto free = [] {
    struct statvfs there {};
    ::statvfs("/dev/shm", &there);
    return static_cast<std::size_t>(there.f_bavail) * there.f_frsize;
  };
  // A machine with a very large /dev/shm and no sandbox of its own is not filled for this.
  if (free() > most) return me.report("outcome", "not tried");
  std::vector<std::string> fillers;
  while (free() > 2 * piece) {
    fillers.push_back(name + "-filler" + std::to_string(fillers.size()));
    const int fd = ::shm_open(fillers.back().c_str(), O_CREAT | O_RDWR, 0600);
    const int error = ::posix_fallocate(fd, 0, piece);
    ::close(fd);
    if (error != 0) break;
  }
  me.report("outcome", outcome_of_create(name, 3 * piece));
  me.report("name", ::access(path_of(name).c_str(), F_OK) == 0 ? "is there" : "is gone");
  for (const std::string& filler : fillers) ::shm_unlink(filler.c_str());
}

CHECK(Region, IsRealMemory, part('A'), faults, points(4),
      "create() says so if there is not enough memory, and nobody gets a SIGBUS later") {
  const RunResult run = explore(Scenario()
                                    .with(Cast(greedy).give("name", "/" + random.word(9)))
                                    .about("A length is not memory"));
  const RoleResult& role = run.only();
  const std::string outcome = role.last("outcome");
  if (outcome != "ENOSPC" && outcome != "not tried") {
    fail(Finding::unhandled_fault,
         "create() was asked for more memory than /dev/shm has, and came to: " + outcome +
             ". ftruncate(2) only notes a length; the memory comes page by page, when it is "
             "touched, and if there is none left then, the process is ended by SIGBUS. Expected: "
             "ENOSPC, from posix_fallocate(3).",
         "A length is not memory");
  }
  if (outcome == "ENOSPC" && role.last("name") != "is gone") {
    fail(Finding::leak, "create() failed, and the name that it had made is still there.",
         "A length is not memory");
  }
}

ROLE(unlucky) {
  const std::string& name = me.text("name");
  me.report("outcome", outcome_of_create(name, 4096));
  me.report("name", ::access(path_of(name).c_str(), F_OK) == 0 ? "is there" : "is gone");
}

CHECK(Region, LeavesNothingIfACallFails, part('A'), faults, points(4),
      "create() that fails half-way leaves nothing behind") {
  const int error = random.coin() ? ENOSPC : ENOMEM;
  const auto scenario = [&](std::uint32_t n) {
    return Scenario()
        .with(Cast(unlucky)
                  .give("name", "/" + random.word(9))
                  .fault({subject::call_map, n, 1, error, 0}))
        .about("A length is not memory");
  };
  const int met = for_every_call(scenario, [&](const RunResult& run, std::uint32_t) {
    const RoleResult& role = run.only();
    if (role.faults.empty()) return;
    const std::string when = "When " + role.faults + ": ";
    if (role.last("outcome") != ::strerrorname_np(error)) {
      fail(Finding::unhandled_fault,
           when + "create() came to: " + role.last("outcome") +
               ". It has to throw ipc::SystemError with what the call said. (posix_fallocate(3) "
               "returns its error and leaves errno alone.)",
           "A length is not memory");
    }
    if (role.last("name") != "is gone" || !role.leaks.empty() || !role.mappings.empty()) {
      fail(Finding::leak,
           when + "create() threw, and left behind: " +
               (!role.leaks.empty()      ? "an open descriptor, " + role.leaks[0].object
                : !role.mappings.empty() ? "a mapping, " + role.mappings[0]
                                         : "the name") +
               ".",
           "Leaving no trace");
    }
  });
  if (met < 2) {
    fail(Finding::wrong_mechanism,
         "create() called neither shm_open(3) nor mmap(2), or only one of them.",
         "Who creates, who opens");
  }
}

ROLE(tidy_creator) {
  for (int i = 0; i < 6; ++i) {
    const std::string name = me.text("name") + std::to_string(i);
    std::optional<lab::SharedRegion> made(lab::SharedRegion::create(name, 4096U << i));
    std::optional<lab::SharedRegion> opened(lab::SharedRegion::open(name));
    made->bytes()[0] = std::byte{7};
    me.report("seen", static_cast<std::int64_t>(opened->bytes()[0]));
    // In either order.
    (i % 2 == 0 ? made : opened).reset();
    (void)outcome_of_create("/no/" + name, 1);
    (void)outcome_of_open("/none" + name);
  }
  const int fd = ::shm_open(me.text("name").c_str(), O_CREAT | O_RDWR, 0600);
  ::close(fd);
  for (int i = 0; i < 3; ++i) (void)outcome_of_open(me.text("name"));
  ::shm_unlink(me.text("name").c_str());
}

CHECK(Region, LeavesNothingBehind, part('A'), hygiene, points(3),
      "no descriptor, no mapping and no name is left behind") {
  const RunResult run = explore(Scenario()
                                    .with(Cast(tidy_creator).give("name", "/" + random.word(9)))
                                    .about("Leaving no trace"));
  const RoleResult& role = run.only();
  if (!role.mappings.empty()) {
    fail(Finding::leak, "Still mapped: " + joined(role.mappings) + ".", "Leaving no trace");
  }
  if (!role.leaks.empty()) {
    fail(Finding::leak,
         "Still open: descriptor " + std::to_string(role.leaks[0].fd) + ", " +
             role.leaks[0].object +
             ". There is no shm_close: a descriptor is closed by close(2), "
             "and the mapping does not need it.",
         "Leaving no trace");
  }
  if (!run.litter.empty()) {
    fail(Finding::leak, "Still in /dev/shm: " + joined(run.litter) + ".",
         "Who takes the name away");
  }
  if (role.all("seen") != std::vector<std::string>(6, "7")) {
    expect_work("A byte that was written through one mapping was not read through another.");
  }
}
