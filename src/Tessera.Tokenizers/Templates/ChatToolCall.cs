using System.Text.Json;

namespace Tessera.Tokenizers.Templates;

/// <summary>One call of a tool by the assistant.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Arguments">Its arguments: an object, or a string that holds JSON, whichever the template expects.</param>
/// <param name="Id">The call's identifier; null if the model has none.</param>
public sealed record ChatToolCall(string Name, JsonElement Arguments, string? Id = null);
