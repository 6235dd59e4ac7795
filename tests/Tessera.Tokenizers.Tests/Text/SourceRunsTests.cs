using Tessera.Tokenizers.Text;

namespace Tessera.Tokenizers.Tests.Text;

public sealed class SourceRunsTests
{
    [Fact]
    public void RunsTellWhatAListPerByteTells()
    {
        for (uint number = 0; number < 300; number++)
        {
            var key = new RandomKey(59, number, 0, RandomPurpose.Tokenize);
            var (other, otherList) = Random(key, 0, null, []);
            var (runs, list) = Random(key, 10_000, other, otherList);
            if (list.Count == 0) continue;
            for (uint i = 0; i < 40; i++)
            {
                var at = key.Below(list.Count, 20_000 + i);
                (runs.StartOf(at), runs.EndOf(at)).ShouldBe(list[at]);
            }

            // Few and many tokens, one after the other with now and then a step back, some empty.
            var count = number % 2 == 0 ? 20 : 600;
            var (starts, ends) = (new int[count], new int[count]);
            for (var i = 0; i < count; i++)
            {
                starts[i] = Math.Max(0, list.Count * i / count - (i % 7 == 0 ? 3 : 0));
                ends[i] = Math.Min(list.Count, starts[i] + i % 4);
            }

            var expected = starts.Zip(ends, (s, e) => (list[s].Start, e > s ? list[e - 1].End : list[s].Start)).ToArray();
            runs.Locate(0, list.Count, starts, ends);
            starts.Zip(ends).ShouldBe(expected);
        }
    }

    private static (SourceRuns Runs, List<(int Start, int End)> List) Random(RandomKey key, uint draw, SourceRuns? from, List<(int Start, int End)> fromList)
    {
        var (runs, list, source) = (new SourceRuns(), new List<(int Start, int End)>(), 0);
        for (uint i = 0; i < 60; i++)
        {
            var (kind, length) = (key.Below(from is null ? 3 : 4, draw + 3 * i), 1 + key.Below(6, draw + 3 * i + 1));
            switch (kind)
            {
                case 0:
                    runs.AddEach(list.Count, source);
                    for (var b = 0; b < length; b++) list.Add((source + b, source + b + 1));
                    source += length;
                    break;
                case 1:
                    runs.AddAll(list.Count, length, source, source + 1 + length % 3);
                    list.AddRange(Enumerable.Repeat((source, source + 1 + length % 3), length));
                    source += 1 + length % 3;
                    break;
                case 2:
                    source += length; // dropped
                    break;
                default:
                    var start = key.Below(fromList.Count + 1, draw + 3 * i + 2);
                    length = Math.Min(length * 4, fromList.Count - start);
                    if (length == 0) break;
                    runs.AddFrom(list.Count, from!, start, length);
                    list.AddRange(fromList.GetRange(start, length));
                    break;
            }
        }

        return (runs, list);
    }
}
