// SPDX-License-Identifier: MIT
#include "config/compose.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ranges>

#include "config/dotenv.h"
#include "config/files.h"
#include "config/map_reader.h"
#include "config/merge.h"
#include "config/names.h"
#include "config/project_reader.h"
#include "config/text.h"
#include "config/yaml_tree.h"

namespace bluegreen {
namespace {

// Reads a file of variables into `variables`; what the process has set stays.
Done add_env_file(const std::string& path, const ComposeInput& input, Variables& variables, Complaints& complaints) {
  TRY_ASSIGN(const auto text, read_text_file(path));
  const auto shown = shown_path(path, input.working_directory);
  for (auto& [name, value] : parse_dotenv(text, shown, variables, complaints))
    if (value && !input.environment.contains(name)) variables[name] = std::move(*value);
  return {};
}

Outcome<Variables> gather_variables(const ComposeInput& input, const std::string& directory, Complaints& complaints) {
  Variables variables(input.environment.begin(), input.environment.end());
  auto files = input.env_files;
  if (files.empty() && file_exists(directory + "/.env")) files.push_back(directory + "/.env");
  for (const auto& file : files)
    TRY(add_env_file(absolute_path(file, input.working_directory), input, variables, complaints));
  return variables;
}

Outcome<std::vector<std::string>> choose_files(const ComposeInput& input) {
  auto files = input.files;
  if (files.empty()) {
    // COMPOSE_FILE may stand in an env file too; its complaints come when the file is read for good.
    Complaints ignored;
    TRY_ASSIGN(const auto variables, gather_variables(input, input.working_directory, ignored));
    const auto named = variables.find("COMPOSE_FILE");
    if (named == variables.end() || named->second.empty()) return find_compose_files(input.working_directory);
    const auto separator = variables.find("COMPOSE_PATH_SEPARATOR");
    files =
        split(named->second, separator == variables.end() || separator->second.empty() ? ':' : separator->second[0]);
  }
  for (auto& file : files) {
    if (file == "-")
      return failure(ErrorKind::usage, "a Compose file cannot come from standard input", "Write it to a file.");
    file = absolute_path(file, input.working_directory);
  }
  return files;
}

Outcome<std::vector<Node>> parse_files(const std::vector<std::string>& files, const ComposeInput& input,
                                       Complaints& complaints) {
  std::vector<Node> documents;
  for (const auto& file : files) {
    TRY_ASSIGN(const auto text, read_text_file(file));
    documents.push_back(parse_yaml(text, shown_path(file, input.working_directory), complaints));
  }
  return documents;
}

// -p, COMPOSE_PROJECT_NAME, `name`, the directory. https://docs.docker.com/compose/how-tos/project-name/
std::string choose_name(const ComposeInput& input, const std::vector<Node>& documents, const Variables& variables,
                        const std::string& directory, Complaints& complaints) {
  const auto valid = [&](const std::string& name, const Place& place) {
    const auto parsed = parse_project_name(name);
    if (!parsed) complaints.add(place, parsed.error().message);
    return parsed.value_or("invalid");
  };
  if (!input.project_name.empty()) return valid(input.project_name, {{}, "--project-name"});
  if (const auto set = variables.find("COMPOSE_PROJECT_NAME"); set != variables.end() && !set->second.empty())
    return valid(set->second, {{}, "COMPOSE_PROJECT_NAME"});
  for (const auto& document : std::ranges::reverse_view(documents))
    if (const auto* entry = document.find("name")) {
      const auto field = field_of(*entry, {});
      if (entry->value.kind != Node::Kind::scalar) {
        complaints.add(field.place, "expected a value");
        return "invalid";
      }
      const auto name = interpolate(entry->value.text, variables, largest_file);
      if (name) return valid(name->text, field.place);
      complaints.add(field.place, name.error().message);
      return "invalid";
    }
  const auto name = project_name_from(std::filesystem::path(directory).filename().string());
  if (name.empty())
    complaints.add({{}, directory}, "no project name can be made from the directory's name",
                   "add name: at the top, or give -p NAME");
  return name;
}

Node merge_all(std::vector<Node> documents, const Variables& variables, Complaints& complaints) {
  Node merged;
  for (auto& document : documents) {
    if (document.kind != Node::Kind::map) {
      complaints.add({document.at, ""}, fmt::format("expected a map, not {}", kind_name(document.kind)),
                     "begin with services:");
      continue;
    }
    interpolate_tree(document, variables, complaints);
    normalise(document);
    if (merged.kind == Node::Kind::null)
      merged = std::move(document);
    else
      merge_documents(merged, std::move(document));
  }
  merged.kind = Node::Kind::map;
  remove_resets(merged);
  return merged;
}

}  // namespace

Outcome<LoadedProject> load_project(const ComposeInput& input) {
  Complaints complaints;
  TRY_ASSIGN(const auto files, choose_files(input));
  const auto directory = std::filesystem::path(files.front()).parent_path().string();
  TRY_ASSIGN(auto variables, gather_variables(input, directory, complaints));
  TRY_ASSIGN(auto documents, parse_files(files, input, complaints));
  if (!complaints.empty()) return std::unexpected(complaints.error());  // half a file leads to complaints that mislead

  const auto name = choose_name(input, documents, variables, directory, complaints);
  variables["COMPOSE_PROJECT_NAME"] = name;
  Context context{complaints, name, directory, input.working_directory, variables, {}, {}};
  const auto document = merge_all(std::move(documents), variables, complaints);
  auto project = read_project(document, input.images, context);
  if (!complaints.empty()) return std::unexpected(complaints.error());
  return LoadedProject{std::move(project), files, complaints.warnings()};
}

}  // namespace bluegreen
