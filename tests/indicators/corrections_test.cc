// Corrections of the same observation by several at once, on both engines.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

class CorrectionsTest : public IndicatorsFixture {};
EVERY_ENGINE(CorrectionsTest);

TEST_P(CorrectionsTest, AtOnceAreMadeOneAfterTheOther) {
  constexpr int kWriters = 4, kEach = 8;
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Observe({Daily("s", "2023-05-01", "1")}));
  std::vector<std::vector<absl::Status>> answers(kWriters);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int i = 0; i < kEach; ++i) {
        const std::string value = absl::StrCat(100 + writer * kEach + i);
        answers[writer].push_back(
            Observe({Daily("s", "2023-05-01", value) + " note: '校准'"}).status());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  for (const auto& of_writer : answers) {
    for (const absl::Status& answer : of_writer) EXPECT_OK(answer);
  }
  const auto corrections = service_.ListCorrections(
      CallAsOffice(), From<v1::ListCorrectionsRequest>("site_id: 's' page_size: 100"));
  ASSERT_OK(corrections);
  ASSERT_EQ(corrections->corrections_size(), kWriters * kEach);
  std::set<int> revisions;
  std::set<std::string> values;
  for (const v1::Correction& correction : corrections->corrections()) {
    revisions.insert(correction.after().revision());
    values.insert(correction.after().value());
  }
  EXPECT_EQ(revisions.size(), static_cast<size_t>(kWriters * kEach));
  EXPECT_EQ(values.size(), static_cast<size_t>(kWriters * kEach));
}

}  // namespace
}  // namespace lucid::indicators
