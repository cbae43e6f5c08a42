/// The headers that most files of the kit's trusted side include, compiled once for all of them; a
/// file still includes what it needs. What is heavy and rarely needed (GoogleTest, JSON, CLI11) is
/// left out: a precompiled header has to be read for each file, and would be twice as large.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>
