Console.WriteLine("collimate");
