using Tessera.Models.Files;
using Tessera.Tensors;

namespace Tessera.Fuzz;

/// <summary>Safetensors files: opened, rows of every tensor widened.</summary>
internal sealed class SafetensorsKind : IFuzzKind
{
    private const string FileName = "fuzz.safetensors";

    public string Name => "safetensors";

    public string Description => "opens a safetensors file, widens the first and last row of every tensor";

    public byte[] Make(FuzzDice dice)
    {
        var picture = SafetensorsPicture.Seed(dice);
        var mutations = 1 + dice.Below(3);
        for (var i = 0; i < mutations; i++) SafetensorsMutations.Apply(picture, dice);
        return picture.Write(dice);
    }

    public unsafe void Use(FuzzInput input)
    {
        using var file = SafetensorsFile.Open(MappedFile.OverMemory(FileName, input.Pointer, input.Length));
        TensorUse.Touch(file);
    }

    public FuzzStage StageOf(TesseraException refusal)
    {
        if (refusal is UnsupportedFeatureException) return FuzzStage.Table;
        if (refusal is not MalformedInputException { Place: var place, Reason: var reason }) return FuzzStage.Metadata;
        if (place is "header length" or "header") return FuzzStage.Header;
        if (place == "JSON" || place.StartsWith("line ", StringComparison.Ordinal) || place.StartsWith("__metadata__", StringComparison.Ordinal)) return FuzzStage.Metadata;
        return reason.StartsWith("the data", StringComparison.Ordinal) || reason.StartsWith("the shape needs", StringComparison.Ordinal) || place == "data" ? FuzzStage.Data : FuzzStage.Table;
    }
}
