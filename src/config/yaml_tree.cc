// SPDX-License-Identifier: MIT
// yaml-cpp's events instead of its node tree: they have exact positions, show duplicate keys, and let us bound the size
// while it grows.
#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "config/text.h"

namespace bluegreen {
namespace {

constexpr std::string_view standard_tag = "tag:yaml.org,2002:";

// "the referenced anchor is not defined: hunter2": what comes from the file may be a password that begins with *.
std::string without_quotation(const std::string& message) { return message.substr(0, message.find(':')); }

std::size_t count_nodes(const Node& node) {
  std::size_t count = 1;
  for (const auto& item : node.items) count += count_nodes(item);
  for (const auto& entry : node.entries) count += count_nodes(entry.value);
  return count;
}

int depth_of(const Node& node) {
  int depth = 0;
  for (const auto& item : node.items) depth = std::max(depth, depth_of(item));
  for (const auto& entry : node.entries) depth = std::max(depth, depth_of(entry.value));
  return depth + 1;
}

class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> file, Complaints& complaints)
      : file_(std::move(file)), complaints_(complaints) {}

  Node take_root() { return std::move(root_); }
  // Something makes the rest of the file meaningless: stop reading.
  [[nodiscard]] bool refused() const { return refused_; }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (count(mark)) finish_value(make(Node::Kind::null, mark), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!count(mark)) return;
    auto node = make(Node::Kind::scalar, mark);
    apply_tag(node, tag);
    if (!is_utf8(value)) complain(node.at, "is not UTF-8 text, or has a NUL character", "remove it");
    node.text = value;
    if (expects_key())
      set_key(std::move(node));
    else
      finish_value(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (refused_) return;
    const auto anchored = anchors_.find(anchor);
    if (anchored == anchors_.end()) return refuse(mark, "the alias stands inside the value that it names", "remove it");
    nodes_ += count_nodes(anchored->second);
    if (!count(mark)) return;
    if (static_cast<int>(frames_.size()) + depth_of(anchored->second) > deepest_nesting) return refuse_depth(mark);
    finish_value(anchored->second, YAML::NullAnchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::sequence, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<Entry> pending;  // a map's key that waits for its value
    std::set<std::string> keys;
    std::vector<Node> merges;  // values of <<
  };

  Position position(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  Node make(Node::Kind kind, const YAML::Mark& mark) const {
    Node node;
    node.kind = kind;
    node.at = position(mark);
    return node;
  }

  void complain(const Position& at, std::string_view what, std::string_view hint = {}) {
    complaints_.add({at, ""}, what, hint);
  }

  void refuse(const YAML::Mark& mark, std::string_view what, std::string_view hint) {
    complain(position(mark), what, hint);
    refused_ = true;
  }
  void refuse_depth(const YAML::Mark& mark) {
    refuse(mark, fmt::format("nested deeper than {} levels", deepest_nesting), "no Compose file needs that");
  }

  bool count(const YAML::Mark& mark) {
    if (refused_) return false;
    if (++nodes_ <= most_nodes) return true;
    refuse(mark, fmt::format("the file has more than {} values, aliases included", most_nodes), "make it smaller");
    return false;
  }

  void apply_tag(Node& node, const std::string& tag) {
    if (tag == "!reset")
      node.overlay = Node::Overlay::reset;
    else if (tag == "!override")
      node.overlay = Node::Overlay::replace;
    else if (!tag.empty() && tag != "?" && tag != "!" && !tag.starts_with(standard_tag))
      complain(node.at, "unknown tag", "quote the value if it begins with !");
  }

  bool expects_key() const {
    return !frames_.empty() && frames_.back().node.kind == Node::Kind::map && !frames_.back().pending;
  }

  void set_key(Node key) {
    auto& frame = frames_.back();
    if (key.text != "<<" && !frame.keys.insert(key.text).second)
      complain(key.at, fmt::format("{}: duplicate key", key.text), "keep one of the two");
    frame.pending = Entry{std::move(key.text), key.at, {}};
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (!count(mark)) return;
    if (expects_key()) return refuse(mark, "a map or a list cannot be a key here", "write a plain word");
    if (static_cast<int>(frames_.size()) >= deepest_nesting) return refuse_depth(mark);
    frames_.push_back({make(kind, mark), anchor, {}, {}, {}});
    apply_tag(frames_.back().node, tag);
  }

  void close() {
    if (refused_) return;
    auto frame = std::move(frames_.back());
    frames_.pop_back();
    for (const auto& merge : frame.merges) apply_merge_key(frame, merge);
    finish_value(std::move(frame.node), frame.anchor);
  }

  // https://yaml.org/type/merge.html: own keys win, and an earlier map of a list wins over a later one.
  void apply_merge_key(Frame& frame, const Node& merge) {
    if (merge.kind == Node::Kind::sequence) {
      for (const auto& item : merge.items) apply_merge_key(frame, item);
    } else if (merge.kind == Node::Kind::map) {
      for (const auto& entry : merge.entries)
        if (frame.keys.insert(entry.key).second) frame.node.entries.push_back(entry);
    } else {
      complain(merge.at, "<<: is not a map", "give it an alias of a map, e.g. <<: *defaults");
    }
  }

  void finish_value(Node node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    auto& frame = frames_.back();
    if (frame.node.kind == Node::Kind::sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.pending) {
      complain(node.at, "a key must be a plain word", "quote it");
      frame.pending = Entry{"", node.at, {}};
    } else {
      add_entry(frame, std::move(node));
    }
  }

  void add_entry(Frame& frame, Node node) {
    auto entry = std::move(*frame.pending);
    frame.pending.reset();
    if (entry.key == "<<") {
      frame.merges.push_back(std::move(node));
      return;
    }
    if (node.kind == Node::Kind::null) node.at = entry.at;  // yaml-cpp puts an absent value at the next token
    entry.value = std::move(node);
    frame.node.entries.push_back(std::move(entry));
  }

  std::shared_ptr<const std::string> file_;
  Complaints& complaints_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
  bool refused_ = false;
  Node root_;
};

}  // namespace

Node parse_yaml(const std::string& text, const std::string& file, Complaints& complaints) {
  const auto name = std::make_shared<const std::string>(file);
  TreeBuilder builder(name, complaints);
  std::istringstream stream(text);
  try {
    YAML::Parser parser(stream);
    int documents = 0;
    while (!builder.refused() && parser.HandleNextDocument(builder))
      if (++documents == 2) complaints.add({{name, 0, 0}, ""}, "has several YAML documents", "keep one");
  } catch (const YAML::DeepRecursion&) {
    if (!builder.refused())
      complaints.add({{name, 0, 0}, ""}, fmt::format("nested deeper than {} levels", deepest_nesting));
  } catch (const YAML::Exception& problem) {
    if (!builder.refused())
      complaints.add({{name, problem.mark.line + 1, problem.mark.column + 1}, ""},
                     fmt::format("not valid YAML: {}", without_quotation(problem.msg)));
  }
  auto root = builder.take_root();
  if (root.kind == Node::Kind::null) root.kind = Node::Kind::map;
  root.at.file = name;
  return root;
}

}  // namespace bluegreen
