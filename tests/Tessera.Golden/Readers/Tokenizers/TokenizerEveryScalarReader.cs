using System.Text;
using Tessera.Tokenizers;

namespace Tessera.Golden;

/// <summary>Every Unicode scalar between an "a" and a "b" through a tokenizer, one hash per block.</summary>
internal sealed class TokenizerEveryScalarReader : IGoldenReader
{
    public bool Covers(GoldenFile file, GoldenCase @case) =>
        TokenizerFiles.IsNamedIn(file) && @case.Has("expected") && @case.Expected.Has("blocks");

    public void Run(GoldenCase @case, GoldenCheck check, CancellationToken cancellationToken)
    {
        var tokenizer = TokenizerFiles.Of(@case.File)!;
        foreach (var (key, expected) in @case.Expected["blocks"].Properties)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (first, end) = TokenizerFiles.Block(key);
            var numbers = new List<int>();
            for (var scalar = first; scalar < end; scalar++)
            {
                if (!Rune.IsValid(scalar)) continue;
                var ids = tokenizer.EncodeToIds($"a{new Rune(scalar)} b", EncodeOptions.NoSpecials);
                numbers.Add(ids.Length);
                numbers.AddRange(ids);
            }

            check.Equal(expected, TokenizerFiles.Hash(numbers, 16));
        }
    }
}
