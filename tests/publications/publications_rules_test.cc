// The rules of publications as tables: shapes, verbs, checks, the public view.
#include "services/publications/publications_rules.h"

#include <map>

#include "services/publications/checks.h"
#include "services/publications/public_view.h"
#include "tests/testing/matchers.h"

namespace lucid::publications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using v1::Check;
using v1::Publication;

constexpr absl::CivilDay kToday(2024, 9, 18);

Actor Somebody(std::string subject, std::vector<Role> roles) {
  return {.subject = std::move(subject), .roles = std::move(roles), .unit = "", .region = "210400"};
}
const Actor kOffice = Somebody("wang", {access::v1::OFFICE});
const Actor kPublisher = Somebody("zhao", {access::v1::PUBLISHER});

// A draft of one figure that passes every check.
Publication Draft() {
  Publication draft;
  draft.set_region("210400");
  draft.set_kind(Publication::RESULT);
  draft.set_title("整改落实情况");
  draft.set_body("召开{{figure F01}}会议。");
  auto& figure = *draft.add_figures();
  figure.set_key("F01");
  figure.mutable_query()->set_figure("F01");
  draft.set_state(Publication::DRAFT);
  draft.set_author("wang");
  AddEditor(draft, "wang");
  return draft;
}

Publication Frozen(Publication draft = Draft()) {
  for (auto& figure : *draft.mutable_figures()) {
    figure.mutable_frozen()->set_value("16");
    figure.mutable_frozen()->set_unit("次");
  }
  draft.mutable_freeze_time()->set_seconds(1);
  Refresh(draft);
  return draft;
}

Publication In(Publication::State state, Publication::Kind kind = Publication::RESULT) {
  Publication publication = Frozen();
  publication.set_kind(kind);
  publication.set_state(state);
  if (state == Publication::ON_NOTICE) {
    *publication.mutable_notice() = *NoticeFrom(absl::CivilDay(2024, 9, 10), 7, {});
  }
  return publication;
}

const Check* FindCheck(const Publication& publication, Check::Rule rule) {
  for (const Check& check : publication.checks()) {
    if (check.rule() == rule) return &check;
  }
  return nullptr;
}

TEST(Draft, ThatIsCompletePasses) { EXPECT_OK(CheckDraft(Draft(), kToday)); }

TEST(Draft, IsRefusedNamingEveryFieldAtOnce) {
  Publication draft;
  draft.set_region("21");
  absl::Status status = CheckDraft(draft, kToday);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  for (absl::string_view field :
       {"publication.region", "publication.kind", "publication.title", "publication.body"}) {
    EXPECT_THAT(status.ToString(), HasSubstr(std::string(field)));
  }
}

TEST(Draft, IsRefusedForEachBrokenField) {
  struct {
    absl::string_view field;
    void (*breaks)(Publication&);
  } cases[] = {
      {"publication.title",
       [](Publication& d) {
         std::string title;
         for (int i = 0; i < 201; ++i) title += "改";
         d.set_title(title);
       }},
      {"publication.body", [](Publication& d) { d.set_body(std::string(200'001, 'a')); }},
      {"publication.body", [](Publication& d) { d.set_body("{{figure F02}}"); }},
      {"publication.body", [](Publication& d) { d.set_body("{{figure F01 unit}}"); }},
      {"publication.figures[0].key", [](Publication& d) { d.mutable_figures(0)->set_key("一"); }},
      {"publication.figures[1].key", [](Publication& d) { *d.add_figures() = d.figures(0); }},
      {"publication.figures[0].query.figure",
       [](Publication& d) { d.mutable_figures(0)->clear_query(); }},
      {"publication.figures",
       [](Publication& d) {
         for (int i = 0; i < 100; ++i) d.add_figures()->set_key("K" + std::to_string(i));
       }},
      {"publication.as_of_day", [](Publication& d) { d.set_as_of_day("2024-02-30"); }},
      {"publication.as_of_day", [](Publication& d) { d.set_as_of_day("2024-09-19"); }},
      {"publication.issue_day", [](Publication& d) { d.set_issue_day("2024-09-17"); }},
      {"publication.supersedes", [](Publication& d) { d.set_supersedes("x"); }},
      {"publication.supersedes", [](Publication& d) { d.set_kind(Publication::CORRECTION); }},
      {"publication.waivers[0].rule", [](Publication& d) { d.add_waivers()->set_reason("甲"); }},
      {"publication.waivers[0].rule",
       [](Publication& d) {
         d.add_waivers()->set_reason("甲");
         d.mutable_waivers(0)->set_rule(Check::FROZEN);
       }},
      {"publication.waivers[0].rule",
       [](Publication& d) {
         d.add_waivers()->set_reason("甲");
         d.mutable_waivers(0)->set_rule(Check::PRIVACY);
       }},
      {"publication.waivers[0].reason",
       [](Publication& d) { d.add_waivers()->set_rule(Check::VERDICT); }},
  };
  for (const auto& c : cases) {
    Publication draft = Draft();
    c.breaks(draft);
    absl::Status status = CheckDraft(draft, kToday);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << c.field;
    EXPECT_THAT(status.ToString(), HasSubstr(std::string(c.field)));
  }
}

TEST(Draft, OfHistoryMayBearAnEarlierDay) {
  Publication draft = Draft();
  draft.set_issue_day("2024-09-01");
  draft.mutable_origin()->set_historical(true);
  EXPECT_OK(CheckDraft(draft, kToday));
}

// State × verb: who may do it, "" for nobody. Everything not named is refused.
TEST(Verbs, FollowTheTable) {
  const std::vector<std::pair<Verb, std::map<Publication::State, const Actor*>>> table = {
      {Verb::kUpdate, {{Publication::DRAFT, &kOffice}}},
      {Verb::kFreeze, {{Publication::DRAFT, &kOffice}}},
      {Verb::kSubmit, {{Publication::DRAFT, &kOffice}}},
      {Verb::kApprove, {{Publication::IN_REVIEW, &kPublisher}}},
      {Verb::kRefuse,
       {{Publication::IN_REVIEW, &kPublisher}, {Publication::APPROVED, &kPublisher}}},
      {Verb::kStartNotice, {}},
      {Verb::kRelease,
       {{Publication::APPROVED, &kPublisher}, {Publication::ON_NOTICE, &kPublisher}}},
      {Verb::kWithdraw,
       {{Publication::ON_NOTICE, &kPublisher},
        {Publication::RELEASED, &kPublisher},
        {Publication::CORRECTED, &kPublisher}}},
  };
  for (const auto& [verb, permitted] : table) {
    for (int state = Publication::DRAFT; state <= Publication::WITHDRAWN; ++state) {
      Publication publication = In(static_cast<Publication::State>(state));
      auto who = permitted.find(publication.state());
      for (const Actor* actor : {&kOffice, &kPublisher}) {
        bool may = who != permitted.end() && who->second == actor;
        absl::Status status = CheckVerb(verb, publication, *actor, kToday);
        EXPECT_EQ(status.ok(), may)
            << static_cast<int>(verb) << " in " << Publication::State_Name(publication.state())
            << " by " << actor->subject << ": " << status;
      }
    }
  }
}

TEST(Verbs, SaysWhetherTheRoleOrTheStateForbids) {
  EXPECT_THAT(CheckVerb(Verb::kFreeze, In(Publication::DRAFT), kPublisher, kToday),
              HasReason("NOT_PERMITTED"));
  EXPECT_THAT(CheckVerb(Verb::kFreeze, In(Publication::RELEASED), kOffice, kToday),
              HasReason("WRONG_STATE"));
}

TEST(Approval, IsNeverByWhoWorkedOnTheText) {
  Publication publication = In(Publication::IN_REVIEW);
  AddEditor(publication, "zhao");
  absl::Status status = CheckVerb(Verb::kApprove, publication, kPublisher, kToday);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(status, HasReason("AUTHOR_APPROVES"));
  Actor both = Somebody("wang", {access::v1::OFFICE, access::v1::PUBLISHER});
  EXPECT_THAT(CheckVerb(Verb::kApprove, In(Publication::IN_REVIEW), both, kToday),
              HasReason("AUTHOR_APPROVES"));
}

TEST(Submission, NeedsEveryFigureFrozen) {
  Publication draft = Draft();
  Refresh(draft);
  absl::Status status = CheckVerb(Verb::kSubmit, draft, kOffice, kToday);
  EXPECT_THAT(status, HasReason("CHECKS_FAILED"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("F01"));
}

TEST(Submission, OfATextThatWasUnfrozenIsRefused) {
  Publication draft = Frozen();
  EXPECT_OK(CheckVerb(Verb::kSubmit, draft, kOffice, kToday));
  Unfreeze(draft);
  Refresh(draft);
  EXPECT_THAT(CheckVerb(Verb::kSubmit, draft, kOffice, kToday), HasReason("CHECKS_FAILED"));
  EXPECT_EQ(draft.rendered_body(), "");
  EXPECT_EQ(draft.figures(0).printed(), "");
}

TEST(Notice, RunsTheWholeOfItsLastDay) {
  Publication notice = In(Publication::ON_NOTICE, Publication::TASK_CLOSURE);
  EXPECT_EQ(notice.notice().from_day(), "2024-09-10");
  EXPECT_EQ(notice.notice().to_day(), "2024-09-16");
  EXPECT_THAT(CheckVerb(Verb::kRelease, notice, kPublisher, absl::CivilDay(2024, 9, 16)),
              HasReason("NOTICE_RUNNING"));
  EXPECT_OK(CheckVerb(Verb::kRelease, notice, kPublisher, absl::CivilDay(2024, 9, 17)));
}

TEST(Notice, LastsSevenDaysUnlessSaidOtherwise) {
  EXPECT_EQ(NoticeFrom(absl::CivilDay(2024, 2, 27), 0, {})->to_day(), "2024-03-04");
  EXPECT_EQ(NoticeFrom(absl::CivilDay(2024, 2, 26), 1, {})->to_day(), "2024-02-26");
}

TEST(Notice, ThatWouldEndOnAFreeDayEndsOnTheNextWorkingDayAndSaysWhy) {
  v1::Notice weekend = *NoticeFrom(absl::CivilDay(2024, 2, 26), 7, {});
  EXPECT_EQ(weekend.to_day(), "2024-03-04");
  EXPECT_EQ(weekend.days(), 7);
  EXPECT_THAT(weekend.explanation(), HasSubstr("day 7 from 2024-02-26 on is 2024-03-03"));
  EXPECT_THAT(weekend.explanation(), HasSubstr("no calendar is loaded for 2024"));
  WorkingCalendar calendar;
  ASSERT_TRUE(
      calendar
          .Load(2024,
                {{absl::CivilDay(2024, 9, 16), "中秋节"}, {absl::CivilDay(2024, 9, 17), "中秋节"}},
                {})
          .ok());
  v1::Notice holiday = *NoticeFrom(absl::CivilDay(2024, 9, 10), 7, calendar);
  EXPECT_EQ(holiday.to_day(), "2024-09-18");
  EXPECT_THAT(holiday.explanation(), HasSubstr("中秋节"));
}

TEST(Notice, IsHeldBeforeATaskClosureIsReleased) {
  EXPECT_THAT(CheckVerb(Verb::kRelease, In(Publication::APPROVED, Publication::TASK_CLOSURE),
                        kPublisher, kToday),
              HasReason("NOTICE_NOT_HELD"));
  EXPECT_OK(CheckVerb(Verb::kStartNotice, In(Publication::APPROVED, Publication::TASK_CLOSURE),
                      kPublisher, kToday));
  EXPECT_THAT(CheckVerb(Verb::kStartNotice, In(Publication::APPROVED), kPublisher, kToday),
              HasReason("NO_NOTICE_PERIOD"));
}

TEST(AllowedActions, AreWhatTheRulesPermit) {
  EXPECT_THAT(AllowedActions(Frozen(), kOffice, kToday), ElementsAre("update", "freeze", "submit"));
  EXPECT_THAT(AllowedActions(Draft(), kPublisher, kToday), IsEmpty());
  EXPECT_THAT(AllowedActions(In(Publication::IN_REVIEW), kPublisher, kToday),
              ElementsAre("approve", "refuse"));
  EXPECT_THAT(AllowedActions(In(Publication::RELEASED), kPublisher, kToday),
              ElementsAre("withdraw"));
}

TEST(Checks, HoldTheValueAgainstItsBound) {
  struct {
    absl::string_view value, bound;
    bool passed;
  } cases[] = {
      {"76", ">=76", true},      {"75.99", ">=76", false}, {"76.0", ">76", false},
      {"76.01", ">76", true},    {"5", "<=5.0", true},     {"5.01", "<=5", false},
      {"5", "<5", false},        {"4.9", "<5", true},      {"abc", ">=1", false},
      {"80", "about 76", false},
  };
  for (const auto& c : cases) {
    Publication draft = Frozen();
    draft.mutable_figures(0)->mutable_frozen()->set_value(std::string(c.value));
    draft.mutable_figures(0)->mutable_frozen()->set_bound(std::string(c.bound));
    Refresh(draft);
    EXPECT_EQ(FindCheck(draft, Check::BOUND)->passed(), c.passed) << c.value << " " << c.bound;
    EXPECT_EQ(CheckVerb(Verb::kSubmit, draft, kOffice, kToday).ok(), c.passed);
  }
}

TEST(Checks, LetNothingButMetPass) {
  for (absl::string_view verdict : {"MET", "NOT_MET", "NO_DATA", "INVALID"}) {
    Publication draft = Frozen();
    draft.mutable_figures(0)->mutable_frozen()->set_verdict(std::string(verdict));
    draft.mutable_figures(0)->mutable_frozen()->set_standard("GB 3095-2012");
    Refresh(draft);
    EXPECT_EQ(FindCheck(draft, Check::VERDICT)->passed(), verdict == "MET");
    EXPECT_THAT(FindCheck(draft, Check::VERDICT)->message(), HasSubstr("GB 3095-2012"));
  }
}

TEST(Checks, WithoutAVerdictOrBoundAskNone) {
  EXPECT_EQ(FindCheck(Frozen(), Check::VERDICT), nullptr);
  EXPECT_EQ(FindCheck(Frozen(), Check::BOUND), nullptr);
}

TEST(Checks, MayBeWaivedForAReasonThatIsPrinted) {
  Publication draft = Frozen();
  draft.mutable_figures(0)->mutable_frozen()->set_verdict("NOT_MET");
  v1::Waiver& waiver = *draft.add_waivers();
  waiver.set_rule(Check::VERDICT);
  waiver.set_key("F02");
  waiver.set_reason("沙尘天气影响");
  Refresh(draft);
  EXPECT_THAT(CheckVerb(Verb::kSubmit, draft, kOffice, kToday), HasReason("CHECKS_FAILED"))
      << "the waiver is about another figure";
  draft.mutable_waivers(0)->set_key("F01");
  Refresh(draft);
  EXPECT_OK(CheckVerb(Verb::kSubmit, draft, kOffice, kToday));
  EXPECT_FALSE(FindCheck(draft, Check::VERDICT)->passed());
  EXPECT_THAT(draft.rendered_body(), HasSubstr("注:沙尘天气影响"));
}

TEST(Checks, FindNumbersThatAreTyped) {
  EXPECT_THAT(TypedNumbers("召开16次会议,第2次会议,PM2.5次,1 次,2023年", {"次"}),
              ElementsAre("16次", "1次"));
  EXPECT_THAT(TypedNumbers("长54.564km", {"次", "km"}), ElementsAre("54.564km"));
  EXPECT_THAT(TypedNumbers("16", {"次"}), IsEmpty());
}

TEST(Checks, NameFiguresThatTheTextDoesNotUse) {
  Publication draft = Frozen();
  draft.set_body("没有数字。");
  Refresh(draft);
  EXPECT_FALSE(FindCheck(draft, Check::REFERRED)->passed());
  EXPECT_THAT(FindCheck(draft, Check::REFERRED)->message(), HasSubstr("F01"));
}

TEST(Checks, FindPersonalNumbersAndDoNotRepeatThem) {
  for (absl::string_view text : {"电话13800138000", "证件11010519491231002X"}) {
    Publication in_body = Draft(), in_title = Draft(), in_footnote = Draft();
    in_body.set_body(std::string(text));
    in_title.set_title(std::string(text));
    in_footnote.add_waivers()->set_reason(std::string(text));
    for (Publication* draft : {&in_body, &in_title, &in_footnote}) {
      Refresh(*draft);
      const Check* check = FindCheck(*draft, Check::PRIVACY);
      EXPECT_FALSE(check->passed()) << text;
      EXPECT_THAT(check->message(), Not(HasSubstr("1")));
    }
  }
  EXPECT_TRUE(FindCheck(Frozen(), Check::PRIVACY)->passed());
}

TEST(PublicView, HidesWhatWasNeverShown) {
  for (auto state : {Publication::DRAFT, Publication::IN_REVIEW, Publication::APPROVED,
                     Publication::WITHDRAWN}) {
    EXPECT_FALSE(IsPublic(In(state))) << Publication::State_Name(state);
  }
  for (auto state : {Publication::ON_NOTICE, Publication::RELEASED, Publication::CORRECTED}) {
    EXPECT_TRUE(IsPublic(In(state))) << Publication::State_Name(state);
  }
}

TEST(PublicView, OfAWithdrawnTextIsItsExplanation) {
  Publication publication = In(Publication::RELEASED);
  publication.mutable_release_time()->set_seconds(1);
  publication.set_state(Publication::WITHDRAWN);
  publication.set_explanation("数据有误");
  ASSERT_TRUE(IsPublic(publication));
  v1::PublicPublication shown = ToPublic(publication, true);
  EXPECT_EQ(shown.explanation(), "数据有误");
  EXPECT_EQ(shown.body(), "");
  EXPECT_EQ(shown.parts_size(), 0);
  EXPECT_EQ(shown.figures_size(), 0);
}

TEST(PublicView, ShowsTheTextOnceAndItsPartsAddUpToIt) {
  v1::PublicPublication shown = ToPublic(In(Publication::RELEASED), true);
  std::string joined;
  for (const v1::BodyPart& part : shown.parts()) joined += part.text();
  EXPECT_EQ(joined, shown.body());
  EXPECT_EQ(shown.body(), "召开16次会议。");
  EXPECT_EQ(shown.figures(0).key(), "F01");
  EXPECT_EQ(shown.figures(0).printed(), "16次");
}

TEST(PublicView, NamesNobodyWhoWorkedOnIt) {
  Publication publication = In(Publication::RELEASED);
  publication.set_approver("zhao");
  std::string text = ToPublic(publication, true).DebugString();
  EXPECT_THAT(text, Not(HasSubstr("wang")));
  EXPECT_THAT(text, Not(HasSubstr("zhao")));
}

}  // namespace
}  // namespace lucid::publications
