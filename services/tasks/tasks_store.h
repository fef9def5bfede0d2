// How tasks and what stands beside them are stored: tables, columns and counts.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/types/span.h"
#include "lucid/tasks/v1/calendar.pb.h"
#include "lucid/tasks/v1/ledger.pb.h"
#include "lucid/tasks/v1/registry.pb.h"
#include "lucid/tasks/v1/task.pb.h"
#include "services/base/db.h"
#include "services/base/records.h"

namespace lucid {

template <>
const Table& TableOf<tasks::v1::Unit>();
template <>
const Table& TableOf<tasks::v1::Region>();
template <>
const Table& TableOf<tasks::v1::Calendar>();
template <>
const Table& TableOf<tasks::v1::RuleSet>();
template <>
const Table& TableOf<tasks::v1::Inspection>();
template <>
const Table& TableOf<tasks::v1::Finding>();
template <>
const Table& TableOf<tasks::v1::Task>();
template <>
const Table& TableOf<tasks::v1::Meeting>();
template <>
const Table& TableOf<tasks::v1::Document>();
template <>
const Table& TableOf<tasks::v1::Project>();
template <>
const Table& TableOf<tasks::v1::ReviewRound>();

namespace tasks {

// The schema, append-only.
absl::Span<const absl::string_view> Migrations();

// Every resource type of this service.
std::vector<RecordType> Records();

// The bodies of all calendars.
absl::StatusOr<Rows> CalendarBodies(Tx& tx);

// The rule set in force on a day, the newest where there are several; "" where there is none.
absl::StatusOr<std::string> RuleSetOn(Tx& tx, absl::string_view day);

// Notes the indicators of the task's targets, in place of those noted before.
absl::Status SaveTargets(Tx& tx, const v1::Task& task);
// The same for the tasks that are older than these notes, which the schema's update leaves with an
// indicator "" to be read; some at a time.
absl::Status NoteOlderTargets(Db& db);

// Whether `upper` stands above `lower` in its line, or is the same.
absl::StatusOr<bool> StandsAbove(Tx& tx, absl::string_view upper, absl::string_view lower);
// Whether one of two units stands above the other, or they are the same.
absl::StatusOr<bool> StandInOneLine(Tx& tx, absl::string_view unit, absl::string_view other);

// Rows of (id, version) of what the figures count, within `region` and everything below it.
absl::StatusOr<Rows> MeetingsOf(Tx& tx, absl::string_view region, v1::Meeting::Body body,
                                absl::string_view from, absl::string_view to);
absl::StatusOr<Rows> DocumentsOf(Tx& tx, absl::string_view region, v1::Document::Category category,
                                 absl::string_view from, absl::string_view to);
absl::StatusOr<Rows> ProjectsOf(Tx& tx, absl::string_view region, v1::Project::Category category,
                                absl::string_view to);
// Projects linked with an inspection of this level (with `inspection_id`, where it is given) that
// were listed by the day `to` and not cancelled.
absl::StatusOr<Rows> InspectionProjectsOf(Tx& tx, absl::string_view region,
                                          absl::string_view inspection_id, absl::string_view to);
absl::StatusOr<Rows> ReviewRoundsOf(Tx& tx, absl::string_view region, absl::string_view to);

}  // namespace tasks
}  // namespace lucid
