using System.Globalization;

namespace Tessera.Cli.Loading;

/// <summary>Layers as people write them: 14, 10-20, or 8,12,16.</summary>
internal static class LayerArgument
{
    /// <summary>Reads layers.</summary>
    /// <param name="text">What was written; null for the middle layer.</param>
    /// <param name="count">How many layers the model has.</param>
    /// <exception cref="UsageException">It is no list of layers that the model has.</exception>
    public static int[] Read(string? text, int count)
    {
        if (text is null) return [count / 2];
        var layers = new SortedSet<int>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-');
            if (ends.Length > 2 || !int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var to) || from > to)
                throw new UsageException($"--layer is a layer or several: 14, 10-20, or 8,12,16; '{part}' is neither.");
            if (to >= count) throw new UsageException($"The model has the layers 0 to {count - 1}; there is no layer {to}.");
            for (var layer = from; layer <= to; layer++) layers.Add(layer);
        }

        return [.. layers];
    }
}
