using Tessera.Models;

namespace Tessera.Golden;

/// <summary>A model folder that must be refused by name, with a message that says what was found and what is needed.</summary>
internal sealed class RefusedModelReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        file.Method?.StartsWith("engine/", StringComparison.Ordinal) == true && @case.Has("input") && @case.Input.Has("directory") && @case.Expected.Has("refused") && file.HasBeside("config.json");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var folder = @case.Input["directory"].AsFilePath();
        if (!@case.Expected["refused"].AsBool())
        {
            Model.Load(folder).Dispose();
            check.That(true, "expected.refused", "", "");
            return;
        }

        var refusal = check.Refused("expected.refused", $"the model in {Path.GetFileName(folder)}", () => Model.Load(folder).Dispose());
        foreach (var name in @case.Expected["message_names"].Items)
            check.That(refusal?.Message.Contains(name.AsString(), StringComparison.Ordinal) == true, name.Path, name.AsString(), refusal?.Message ?? "no refusal");
    }
}
