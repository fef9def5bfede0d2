// Ids: unique, in order of making, and of the form that RFC 9562 gives them.
#include "services/base/id.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace lucid {
namespace {

// 2024-09-18 00:00:00.000 in China.
const absl::Time kThen = absl::FromUnixMillis(1726588800000);

TEST(Id, IsAUuidOfVersionSevenOfItsTime) {
  // The only id of this process later than all other tests' would hide a wrong time; use a new one.
  const absl::Time later = kThen + absl::Hours(24 * 365 * 300);
  std::string id = NewId(later);
  EXPECT_TRUE(std::regex_match(
      id, std::regex("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")))
      << id;
  int64_t milliseconds = std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
  EXPECT_EQ(milliseconds, absl::ToUnixMillis(later));
  EXPECT_TRUE(CheckId("id", id).ok());
}

TEST(Id, GrowsWhileTheClockStandsStillOrGoesBack) {
  std::string last = NewId(kThen);
  for (int i = 0; i < 100000; ++i) {
    std::string next = NewId(kThen - absl::Milliseconds(i % 3));
    ASSERT_LT(last, next);
    last = next;
  }
  EXPECT_LT(last, NewId(absl::InfinitePast()));
}

TEST(Id, IsUniqueAcrossThreads) {
  constexpr int kThreads = 4, kEach = 5000;
  std::vector<std::vector<std::string>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& ids : made) {
    threads.emplace_back([&ids] {
      for (int i = 0; i < kEach; ++i) ids.push_back(NewId(kThen));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  EXPECT_EQ(all.size(), size_t{kThreads * kEach});
}

TEST(Id, ACallersOwnIdIsAShortLowerCaseName) {
  for (absl::string_view id : {"a", "0", "pm25-2023", "a-", "a--b"}) {
    EXPECT_TRUE(CheckId("id", id).ok()) << id;
  }
  EXPECT_TRUE(CheckId("id", std::string(63, 'z')).ok());
  EXPECT_FALSE(CheckId("id", std::string(64, 'z')).ok());
  for (absl::string_view id :
       {"", "-a", "A", "a_b", "a b", "a/b", "a.b", "任务", "a\n", "%41", "ａ"}) {
    absl::Status status = CheckId("task.id", id);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << id;
    EXPECT_EQ(status.message(),
              "task.id is not an id; expected 1 to 63 of a-z, 0-9 and '-', the first not '-'");
  }
  EXPECT_FALSE(CheckId("id", absl::string_view("a\0b", 3)).ok());
}

}  // namespace
}  // namespace lucid
