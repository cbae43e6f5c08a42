#include "common/judge/subject.h"

#include "common/judge/performance.h"
#include "common/judge/zygote_link.h"

namespace judge {

Subject::Subject(const Kit& kit, Build build, const Image& image,
                 const std::vector<std::string>& programs, Network network)
    : zygote_(std::make_unique<ZygoteLink>(kit, build, image, programs, network)) {}

Subject::~Subject() = default;

RunResult Subject::run(Scenario scenario) { return perform(*zygote_, std::move(scenario)); }

std::string Subject::scratch() const { return zygote_->scratch(); }

int Subject::message_queue_error() const { return zygote_->message_queue_error(); }

FarHost& Subject::far_host() { return zygote_->far_host(); }

}  // namespace judge
