// Corrections of observations: with a reason, in the values they change, and by several at once, on
// both engines.
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/indicators/indicators_fixture.h"

namespace lucid::indicators {
namespace {

using ::testing::HasSubstr;

class CorrectionsTest : public IndicatorsFixture {};
EVERY_ENGINE(CorrectionsTest);

TEST_P(CorrectionsTest, ADifferentValueIsACorrectionWithAReason) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Observe({Daily("s", "2023-05-01", "35")}));
  auto silent = Observe({Daily("s", "2023-05-02", "30"), Daily("s", "2023-05-01", "36")});
  EXPECT_THAT(silent, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(silent, HasReason("CORRECTION_NEEDS_REASON"));
  EXPECT_THAT(std::string(silent.status().message()), HasSubstr("observations[1]"));
  EXPECT_EQ(Listed("site_id: 's'").size(), 1u);  // nothing of the batch is stored
  auto corrected = Observe({Daily("s", "2023-05-01", "36") + " note: '校准'"});
  ASSERT_OK(corrected);
  EXPECT_EQ(corrected->corrected(), 1);
  ASSERT_OK(Observe({Daily("s", "2023-05-01", "37") + " note: '再校准'"}));
  auto listed = Listed("site_id: 's'");
  ASSERT_EQ(listed.size(), 1u);
  EXPECT_EQ(listed[0].value(), "37");
  EXPECT_EQ(listed[0].revision(), 2);
  auto corrections = service_.ListCorrections(
      CallAsOffice(), From<v1::ListCorrectionsRequest>("site_id: 's' page_size: 1"));
  ASSERT_OK(corrections);
  ASSERT_EQ(corrections->corrections_size(), 1);
  EXPECT_EQ(corrections->corrections(0).before().value(), "35");
  EXPECT_EQ(corrections->corrections(0).after().note(), "校准");
  EXPECT_EQ(corrections->corrections(0).actor(), "li");
  auto more = From<v1::ListCorrectionsRequest>("site_id: 's' page_size: 1");
  more.set_page_token(corrections->next_page_token());
  EXPECT_EQ(service_.ListCorrections(CallAsOffice(), more)->corrections(0).before().value(), "36");
}

TEST_P(CorrectionsTest, ACorrectionChangesTheMeanAndNothingElse) {
  ASSERT_OK(Site(kStation));
  ASSERT_OK(Indicator(kPm25));
  Year("s", 2023, "35");
  auto before = Figure("figure: 'F16'");
  ASSERT_OK(before);
  EXPECT_EQ(before->record_count(), 365);
  ASSERT_OK(Observe({Daily("s", "2023-07-01", "400") + " note: '质控'"}));
  auto after = Figure("figure: 'F16'");
  EXPECT_EQ(after->value(), "36");
  EXPECT_EQ(after->verdict(), "NOT_MET");
  EXPECT_EQ(after->record_count(), 365);
  EXPECT_NE(after->records_sha256(), before->records_sha256());
  EXPECT_EQ(after->records(0).collection(), "observations");
}

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
