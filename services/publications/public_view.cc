#include "services/publications/public_view.h"

#include <string>
#include <utility>

#include "services/publications/references.h"

namespace lucid::publications {
namespace {

using v1::Publication;

v1::PublicFigure ToPublicFigure(const v1::PublicationFigure& figure) {
  const figures::v1::Figure& frozen = figure.frozen();
  v1::PublicFigure shown;
  shown.set_key(figure.key());
  shown.set_figure(frozen.id());
  shown.set_name(frozen.name());
  shown.set_value(frozen.value());
  shown.set_unit(frozen.unit());
  shown.set_numerator(frozen.numerator());
  shown.set_denominator(frozen.denominator());
  shown.set_bound(frozen.bound());
  shown.set_verdict(frozen.verdict());
  shown.set_standard(frozen.standard());
  shown.set_definition(frozen.definition());
  shown.set_period(frozen.period());
  if (frozen.has_as_of()) *shown.mutable_as_of() = frozen.as_of();
  shown.set_as_of_day(frozen.as_of_day());
  shown.set_record_count(frozen.record_count());
  shown.set_records_sha256(frozen.records_sha256());
  shown.set_printed(figure.printed());
  shown.set_owner(figure.owner());
  return shown;
}

// The day that was asked for, or else the day of freezing.
std::string AsOfDay(const Publication& publication) {
  if (!publication.as_of_day().empty() || publication.figures().empty()) {
    return publication.as_of_day();
  }
  return publication.figures(0).frozen().as_of_day();
}

}  // namespace

bool IsPublic(const Publication& publication) {
  switch (publication.state()) {
    case Publication::ON_NOTICE:
    case Publication::RELEASED:
    case Publication::CORRECTED:
      return true;
    case Publication::WITHDRAWN:
      return publication.has_release_time() || publication.has_notice();
    default:
      return false;
  }
}

v1::PublicPublication ToPublic(const Publication& publication, bool whole) {
  v1::PublicPublication shown;
  shown.set_id(publication.id());
  shown.set_kind(publication.kind());
  shown.set_state(publication.state());
  shown.set_region(publication.region());
  shown.set_title(publication.title());
  if (publication.has_release_time()) *shown.mutable_release_time() = publication.release_time();
  if (publication.has_notice()) *shown.mutable_notice() = publication.notice();
  if (publication.has_origin()) *shown.mutable_origin() = publication.origin();
  *shown.mutable_issuers() = publication.issuers();
  shown.set_issue_day(publication.issue_day());
  shown.set_as_of_day(AsOfDay(publication));
  shown.set_supersedes(publication.supersedes());
  shown.set_superseded_by(publication.superseded_by());
  shown.set_explanation(publication.explanation());
  shown.set_task_id(publication.task_id());
  if (publication.state() == Publication::WITHDRAWN) return shown;
  shown.set_figure_count(publication.figures_size());
  if (!whole) return shown;
  shown.set_body(publication.rendered_body());
  for (v1::BodyPart& part : RenderParts(publication)) *shown.add_parts() = std::move(part);
  for (const auto& figure : publication.figures()) {
    *shown.add_figures() = ToPublicFigure(figure);
  }
  return shown;
}

}  // namespace lucid::publications
