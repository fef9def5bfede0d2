#include "gateway/pages.h"

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "gateway/errors.h"
#include "gateway/html.h"
#include "gateway/routes.h"
#include "lucid/publications/v1/publications_service.pb.h"
#include "services/base/timestamps.h"
#include "services/base/trace.h"

namespace lucid::gateway {
namespace {

using publications::v1::Publication;
using publications::v1::PublicFigure;
using publications::v1::PublicPublication;

constexpr absl::Duration kDeadline = absl::Seconds(10);

constexpr absl::string_view kStyle = R"css(
:root { color-scheme: light; --ink: #1c2b26; --line: #d5e0da; --leaf: #1f6f54; }
body { margin: 0; color: var(--ink); font: 17px/1.8 "Noto Serif CJK SC", "Songti SC", serif; }
header, footer { background: #f1f6f3; padding: .6em 1.2em; border-block: 1px solid var(--line); }
header a { color: var(--leaf); font-weight: bold; text-decoration: none; }
main { max-width: 46em; margin: 0 auto; padding: 1em 1.2em 3em; }
h1 { font-size: 1.5em; line-height: 1.4; }
p { text-align: justify; }
a { color: var(--leaf); }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(9em, 1fr)); gap: .8em; }
.cells div { border: 1px solid var(--line); border-radius: .4em; padding: .6em .8em; }
.cells b { display: block; font-size: 1.6em; line-height: 1.2; }
.cells small, .note, td small { color: #5b6b64; }
.figure { text-decoration-style: dotted; text-underline-offset: .2em; }
table { border-collapse: collapse; width: 100%; font-size: .85em; }
th, td { border-bottom: 1px solid var(--line); padding: .35em .5em; text-align: left; }
tr:target { background: #fdf6d8; }
.synthetic { background: #fff4e5; border-left: .3em solid #d9822b; padding: .4em .8em; }
)css";

std::string Minute(const google::protobuf::Timestamp& time, const absl::TimeZone& zone) {
  return absl::FormatTime("%Y-%m-%d %H:%M", ToTime(time), zone);
}

std::string KindName(Publication::Kind kind) {
  switch (kind) {
    case Publication::PLAN:
      return "整改方案";
    case Publication::PROGRESS:
      return "整改进展";
    case Publication::RESULT:
      return "整改落实情况";
    case Publication::TASK_CLOSURE:
      return "单项任务公示";
    case Publication::PETITION_BATCH:
      return "边督边改公开";
    case Publication::ACCOUNTABILITY:
      return "追责问责";
    case Publication::CORRECTION:
      return "更正";
    default:
      return "公开";
  }
}

HttpResponse HtmlResponse(int status, absl::string_view route, std::string body) {
  HttpResponse response;
  response.status = status;
  response.route = route;
  response.content_type = "text/html; charset=utf-8";
  response.headers = {{"Cache-Control", "no-cache"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
                       "form-action 'none'; frame-ancestors 'none'"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}};
  response.body = std::move(body);
  return response;
}

HttpResponse Failed(absl::string_view route, const absl::Status& status) {
  bool missing = status.code() == absl::StatusCode::kNotFound ||
                 status.code() == absl::StatusCode::kPermissionDenied ||
                 status.code() == absl::StatusCode::kInvalidArgument;
  const absl::string_view what = missing ? "没有这份公开文件" : "暂时无法显示,请稍后再试";
  HttpResponse response = HtmlResponse(missing ? 404 : HttpStatusOf(status), route,
                                       RenderPage(what, absl::StrCat("<h1>", what, "</h1>\n")));
  if (response.status == 503) response.headers.emplace_back("Retry-After", "1");
  response.reason = std::string(absl::StatusCodeToString(status.code()));
  return response;
}

std::string SyntheticNote(const types::v1::Origin& origin) {
  if (!origin.synthetic()) return "";
  return absl::StrCat("<p class=\"synthetic\">合成数据:",
                      Escape(origin.note().empty() ? "本页数字由示例记录计算" : origin.note()),
                      "</p>\n");
}

// --- A release ---

std::string FigureLink(const publications::v1::BodyPart& part) {
  return absl::StrCat("<a class=\"figure\" href=\"#", Escape(part.key()), "\">",
                      Escape(part.text()), "</a>");
}

std::string FigureRow(const PublicFigure& figure, const absl::TimeZone& zone) {
  std::string value = figure.bound().empty()
                          ? Escape(figure.value())
                          : absl::StrCat(Escape(figure.bound()), "<br><small>记录值 ",
                                         Escape(figure.value()), "</small>");
  if (!figure.denominator().empty()) {
    absl::StrAppend(&value, "<br><small>", Escape(figure.numerator()), " ÷ ",
                    Escape(figure.denominator()), "</small>");
  }
  std::string rule = Escape(figure.definition());
  if (!figure.standard().empty()) {
    absl::StrAppend(&rule, "<br><small>", Escape(figure.standard()), " ", Escape(figure.verdict()),
                    "</small>");
  }
  return absl::StrCat("<tr id=\"", Escape(figure.key()), "\"><td>", Escape(figure.key()),
                      "</td><td>", Escape(figure.name()), "</td><td>", value, "</td><td>",
                      Escape(figure.unit()), "</td><td>", rule, "</td><td>",
                      Escape(figure.period()), "</td><td>", Minute(figure.as_of(), zone),
                      "</td><td>", figure.record_count(), "</td></tr>\n");
}

std::string ReleasePage(const PublicPublication& release, const absl::TimeZone& zone) {
  std::string main = absl::StrCat("<article>\n<h1>", Escape(release.title()), "</h1>\n",
                                  SyntheticNote(release.origin()));
  if (release.has_release_time()) {
    absl::StrAppend(&main, "<p class=\"note\">", KindName(release.kind()), " · 发布于 ",
                    Minute(release.release_time(), zone), " · 数据截至 ",
                    Escape(release.as_of_day()), "</p>\n");
  }
  if (!release.explanation().empty()) {
    absl::StrAppend(&main, "<p class=\"synthetic\">撤回说明:", Escape(release.explanation()),
                    "</p>\n");
  }
  std::vector<Inline> pieces;
  for (const auto& part : release.parts()) {
    pieces.push_back(part.key().empty() ? Inline{false, part.text()}
                                        : Inline{true, FigureLink(part)});
  }
  main += RenderBody(pieces);
  if (release.issuers_size() > 0) {
    absl::StrAppend(&main, "<p class=\"note\">", Escape(absl::StrJoin(release.issuers(), " ")), " ",
                    Escape(release.issue_day()), "</p>\n");
  }
  if (release.figures_size() > 0) {
    main +=
        "<h2>数字从何而来</h2>\n<table>\n<thead><tr><th>编号</th><th>名称</th><th>数值</th>"
        "<th>单位</th><th>口径</th><th>时段</th><th>计算时间</th><th>记录数</th></tr></thead>\n"
        "<tbody>\n";
    for (const PublicFigure& figure : release.figures()) main += FigureRow(figure, zone);
    main += "</tbody>\n</table>\n";
  }
  main += "</article>\n";
  return RenderPage(release.title(), main);
}

// --- The front page ---

// What the front page gathers; the last answer to come in renders it.
struct Front {
  std::mutex mutex;
  size_t awaited = 2;
  std::shared_ptr<const Dashboard> dashboard;  // none where it cannot be shown
  publications::v1::ListPublicPublicationsResponse releases;
  absl::Status listed;
  Respond respond;
};

std::string FrontPage(const Front& front, const absl::TimeZone& zone) {
  std::string main = "<h1>整改总览</h1>\n<div class=\"cells\">\n";
  const dashboards::v1::Overview& overview = front.dashboard == nullptr
                                                 ? dashboards::v1::Overview::default_instance()
                                                 : front.dashboard->overview;
  for (const types::v1::Cell& cell : overview.cells()) {
    absl::StrAppend(&main, "<div title=\"", Escape(cell.definition()), "\"><b>",
                    Escape(cell.value()), " <small>", Escape(cell.unit()), "</small></b>",
                    Escape(cell.label()), "</div>\n");
  }
  main += "</div>\n";
  if (front.dashboard == nullptr || overview.partial_size() > 0)
    main += "<p class=\"note\">部分数据暂时无法取得。</p>\n";
  main += "<h2>公开文件</h2>\n";
  if (!front.listed.ok()) main += "<p class=\"note\">公开文件暂时无法取得。</p>\n";
  main += "<ul>\n";
  for (const PublicPublication& release : front.releases.publications()) {
    absl::StrAppend(&main, "<li><a href=\"/public/publications/", Escape(release.id()), "\">",
                    Escape(release.title()), "</a> <small class=\"note\">",
                    KindName(release.kind()), " ",
                    release.has_release_time() ? Minute(release.release_time(), zone) : "公示中",
                    release.origin().synthetic() ? " 合成数据" : "", "</small></li>\n");
  }
  main += "</ul>\n";
  return RenderPage("生态环境保护督察整改公开", main);
}

class Pages {
 public:
  Pages(Upstreams& upstreams, DashboardsService& dashboards, absl::TimeZone zone)
      : upstreams_(upstreams), dashboards_(dashboards), zone_(zone) {}

  void AnswerFront(Respond respond) {
    auto front = std::make_shared<Front>();
    front->respond = std::move(respond);
    const CallFrame frame = NewFrame();
    upstreams_.Call("/lucid.publications.v1.PublicationsService/ListPublicPublications", frame,
                    ToBytes(publications::v1::ListPublicPublicationsRequest()),
                    [this, front](absl::StatusOr<grpc::ByteBuffer> answer) {
                      std::lock_guard<std::mutex> lock(front->mutex);
                      front->listed =
                          answer.ok() ? FromBytes(*answer, front->releases) : answer.status();
                      Arrived(*front);
                    });
    dashboards_.ShowPublic(
        frame, [this, front](const absl::StatusOr<std::shared_ptr<const Dashboard>>& shown) {
          std::lock_guard<std::mutex> lock(front->mutex);
          if (shown.ok()) front->dashboard = *shown;
          Arrived(*front);
        });
  }

  void AnswerRelease(absl::string_view path, Respond respond) {
    static constexpr char kRoute[] = "public release";
    absl::ConsumePrefix(&path, "/public/publications/");
    std::optional<std::string> id = PercentDecode(path, false);
    if (!id.has_value()) return respond(Failed(kRoute, absl::NotFoundError("")));
    publications::v1::GetPublicPublicationRequest request;
    request.set_id(*id);
    upstreams_.Call("/lucid.publications.v1.PublicationsService/GetPublicPublication", NewFrame(),
                    ToBytes(request),
                    [this, respond = std::move(respond)](absl::StatusOr<grpc::ByteBuffer> answer) {
                      PublicPublication release;
                      absl::Status status =
                          answer.ok() ? FromBytes(*answer, release) : answer.status();
                      if (!status.ok()) return respond(Failed(kRoute, status));
                      respond(HtmlResponse(200, kRoute, ReleasePage(release, zone_)));
                    });
  }

 private:
  static CallFrame NewFrame() {
    CallFrame frame;
    frame.traceparent = ContinueTrace("");
    frame.deadline = absl::Now() + kDeadline;
    frame.repeatable = true;  // pages only read
    return frame;
  }

  void Arrived(Front& front) {
    if (--front.awaited > 0) return;
    front.respond(HtmlResponse(200, "front page", FrontPage(front, zone_)));
  }

  Upstreams& upstreams_;
  DashboardsService& dashboards_;
  const absl::TimeZone zone_;
};

}  // namespace

void AddPages(Gateway& gateway, Upstreams& upstreams, DashboardsService& dashboards,
              absl::TimeZone zone) {
  auto pages = std::make_shared<Pages>(upstreams, dashboards, zone);
  gateway.AddPage("/", [pages](const HttpRequest&, Respond respond) {
    pages->AnswerFront(std::move(respond));
  });
  gateway.AddPage("/public/publications/", [pages](const HttpRequest& request, Respond respond) {
    pages->AnswerRelease(request.path, std::move(respond));
  });
  gateway.AddPage("/public/style.css", [](const HttpRequest&, Respond respond) {
    HttpResponse response;
    response.route = "style";
    response.content_type = "text/css; charset=utf-8";
    response.headers.emplace_back("Cache-Control", "public, max-age=3600");
    response.body = std::string(kStyle);
    respond(std::move(response));
  });
}

}  // namespace lucid::gateway
